"""The right to choose is not the right to read: who writes to their own groups reads of others a number alone."""

import pytest
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from portal.people.models import Person
from registration.demo import make_registration
from wechat_admin.demo import make_account

from .desk import NEW, address, draft, press_send, said, upload

pytestmark = pytest.mark.django_db
Status = Message.Status


@pytest.fixture
def class_of_mine(client):
    """A teacher's class: one pupil and the mother, whose other child is a stranger's."""
    teacher = make_person("staff")
    client.force_login(make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"]))
    mine = make_person("pupil", given_name="Minnie", reference="M-1")
    mother = make_person("contact", given_name="Mona", reference="M-2")
    sibling = make_person("pupil", given_name="Sibyl", reference="S-1")
    make_group("form", "Form 9Z", members=[sibling])
    for child in (mine, sibling):
        relate(mother, child)
    group = make_group("class", "Maths", members=[teacher, mine])
    make_registration(mother)
    return group


@pytest.fixture
def stranger():
    return make_person("contact", given_name="Strange", family_name="Unknown", reference="X-77")


def tells(response):
    html = response.content.decode() if not response.streaming else b"".join(response.streaming_content).decode()
    return "Strange" in html or "X-77" in html


def stored(client, *roles):
    """A draft as whoever is not limited may have left it."""
    message = draft(client, roles=[], do="save")
    Message.objects.update(audience={"include": [{"role": role} for role in roles]})
    return message


def test_posting_ids_reads_no_names(client, class_of_mine, stranger):
    fields = {"do": "find", "people": [stranger.pk], "not_people": [stranger.pk], "text": "Hi"}
    page = client.post(NEW, fields)
    assert not tells(page) and said(page).count("somebody outside your groups") == 2
    message = draft(client, roles=[], people=[stranger.pk])
    for place in ("edit", "check"):
        page = client.get(address(place, message))
        assert not tells(page) and "somebody outside your groups" in said(page)
    assert message.audience == {"include": [{"person": stranger.pk}]}, "kept, though not named"


def test_the_check_names_and_gives_reasons_of_ones_own_alone(client, class_of_mine, stranger):
    message = stored(client, "contacts", "pupils")
    for query in ("", "?who=not_registered", "?who=reachable", "?who=stopped", f"?as={stranger.pk}"):
        page = client.get(address("check", message) + query)
        assert not tells(page) and "Sibyl" not in said(page), query
    assert page.context["outside"] == 2 and page.context["chosen"] == 4
    reasons = dict(page.context["missed"])
    assert sum(reasons.values()) == 1, "of Minnie, who is not registered"
    assert "Minnie" in said(client.get(address("check", message) + "?who=not_registered"))


def test_the_table_of_those_not_reached_holds_ones_own_alone(client, class_of_mine, stranger):
    message = stored(client, "contacts", "pupils")
    response = client.get(address("missed", message))
    table = b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()
    assert "M-1" in table and "X-77" not in table and "S-1" not in table


def test_a_preview_names_no_child_of_somebody_elses_class(client, class_of_mine):
    message = draft(client, text="About ((children)) of ((form))", roles=[], groups=[f"{class_of_mine.pk}:contacts"])
    mother = Person.objects.get(reference="M-2")
    page = client.get(address("check", message) + f"?as={mother.pk}")
    assert "Minnie" in said(page)
    message = draft(client, text="About ((children)) of ((form))", roles=[], people=[mother.pk])
    page = said(client.get(address("check", message) + f"?as={mother.pk}"))
    assert "About Minnie" in page and "Sibyl" not in page and "Form 9Z" not in page.split("phones")[1]


def test_numbers_while_choosing_give_no_reasons_of_others(client, class_of_mine, stranger):
    page = client.post(reverse("messaging:reach"), {"people": [stranger.pk]})
    assert page.context["missed"] == [] and page.context["outside"] == 1 and "never registered" not in said(page)


def test_anybody_elses_reference_is_nobodys(client, class_of_mine, stranger):
    for reference in ("X-77", "x-77", "X-7", "nobody-has-this"):
        page = client.post(NEW, {"do": "save", "text": "Hi", "references": f"M-1\n{reference}"})
        assert f"2: {reference}" in said(page) and "meant?" not in said(page)
    page = client.post(NEW, {"do": "save", "text": "Hi", "references_file": upload("a.csv", b"reference\nX-77\n")})
    assert "1 row has a reference nobody has" in said(page)
    assert client.post(NEW, {"do": "save", "text": "Hi", "references": "M-1"}).status_code == 302


def test_the_report_and_its_table_name_ones_own_alone(client, class_of_mine, stranger):
    make_registration(stranger)
    message = draft(client, roles=[], groups=[f"{class_of_mine.pk}:contacts"])
    press_send(client, message)
    Message.objects.filter(pk=message.pk).update(sent_rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    assert message.deliveries.count() == 2
    page = client.get(address("message", message))
    assert "Mona" in said(page) and not tells(page)
    response = client.get(address("export", message))
    table = b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()
    assert "M-2" in table and "X-77" not in table


def test_an_approver_limited_to_own_groups_reads_the_text_and_the_numbers_and_no_name_of_others(client):
    make_account()
    outside = make_person("contact", given_name="Quillfeather")
    author = make_sign_in(make_person("staff"), options=["messaging.write"])
    message = make_message(
        author,
        text="The pool is closed.",
        rule={"include": [{"role": "contacts"}, {"person": outside.pk}]},
        status=Message.Status.AWAITING,
    )
    options = ["messaging.write", "messaging.approve", "messaging.own_groups"]
    client.force_login(make_sign_in(make_person("staff"), options=options))
    for query in ("", "?who=not_registered", f"?as={outside.pk}"):
        page = client.get(f"/messaging/{message.pk}/approve/{query}")
        assert page.status_code == 200
        assert "The pool is closed." in page.content.decode() and "Quillfeather" not in page.content.decode()


def test_a_report_gives_no_reasons_of_others(client, author, stranger):
    make_account()
    teacher, child = make_person("staff"), make_person("pupil")
    make_group("class", "Maths", members=[teacher, child])
    message = make_message(author, rule={"include": [{"role": "contacts"}, {"role": "pupils"}]})
    prepare(message.pk)
    options = ["messaging.write", "messaging.report", "messaging.own_groups"]
    client.force_login(make_sign_in(teacher, options=options))
    page = client.get(address("message", message))
    assert page.context["counts"] == [("not_registered", 1)] and [row.people for row in page.context["rows"]] == [1]
    assert (page.context["outside"], page.context["total"]) == (1, 2) and "outside your groups" in said(page)


def test_an_approver_limited_to_own_groups_reads_no_reasons_of_others_of_a_frozen_list(client, author, stranger):
    make_account()
    message = make_message(author, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    Message.objects.update(status=Status.PAUSED, paused_reason="second person")
    options = ["messaging.write", "messaging.approve", "messaging.own_groups"]
    client.force_login(make_sign_in(make_person("staff"), options=options))
    page = client.get(address("approve", message))
    assert (page.context["missed"], page.context["outside"], page.context["chosen"]) == ([], 1, 1)
