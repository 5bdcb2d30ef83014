"""What somebody was sent: on their page for the school, on My Details for themselves."""

import pytest
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Batch, Delivery
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from portal.people.merging.actions import merge
from registration.demo import make_registration
from registration.steps.actions import withdraw

from .desk import png, registered, said

pytestmark = pytest.mark.django_db
CONTACTS = {"include": [{"role": "contacts"}]}


def sent(author, **fields):
    message = make_message(author, rule=CONTACTS, **fields)
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.ACCEPTED, first_attempt_at=Now())
    message.refresh_from_db()
    return message


@pytest.fixture
def parent():
    parent = make_person("contact", given_name="Ana", language="en")
    make_registration(parent)
    make_sign_in(parent)
    return parent


def reader(*options):
    return make_sign_in(make_person("staff"), options=["people.view", *options])


def test_the_persons_page_says_what_they_were_sent_and_leads_to_the_words(client, author, parent):
    message = sent(author, text="The bus is late")
    client.force_login(reader("messaging.write", "messaging.report"))
    html = said(client.get(f"/people/{parent.pk}/"))
    assert "The bus is late" in html and f"/messaging/{message.pk}/people/{parent.pk}/" in html


def test_without_the_reports_of_all_there_are_ones_own_messages_alone(client, author, parent):
    sent(author, text="The bus is late")
    client.force_login(reader("messaging.write"))
    assert "The bus is late" not in said(client.get(f"/people/{parent.pk}/"))
    assert "The bus is late" not in said(client.get(f"/messaging/to/{parent.pk}/"))
    client.force_login(reader())
    assert "What they were sent" not in said(client.get(f"/people/{parent.pk}/"))


def test_whoever_is_limited_to_their_groups_reads_of_nobody_else(client, author, parent):
    client.force_login(reader("messaging.write", "messaging.report", "messaging.own_groups"))
    sent(author)
    assert "What they were sent" not in said(client.get(f"/people/{parent.pk}/"))
    assert client.get(f"/messaging/to/{parent.pk}/").status_code == 404
    assert client.get(f"/messaging/to/{parent.pk}/sent.csv").status_code == 404


def test_no_list_ends_in_silence(client, author, parent):
    for number in range(60):
        sent(author, text=f"number {number}")
    client.force_login(reader("messaging.write", "messaging.report"))
    assert f"/messaging/to/{parent.pk}/" in said(client.get(f"/people/{parent.pk}/"))
    first = client.get(f"/messaging/to/{parent.pk}/")
    rest = client.get(f"/messaging/to/{parent.pk}/", {"before": first.context["page"].older})
    assert len(first.context["page"].rows) + len(rest.context["page"].rows) == 60
    table = b"".join(client.get(f"/messaging/to/{parent.pk}/sent.csv").streaming_content).decode()
    assert table.count("accepted by WeCom") == 60


def test_a_parent_reads_their_own_words_and_opens_the_picture(client, author, parent):
    message = make_message(author, rule=CONTACTS, kind="image", text="")
    message.attachments.create(name="a.png", size=1, data=png())
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.ACCEPTED)
    greeting = sent(author, text="Dear ((name))")
    client.force_login(parent.user)
    assert f"/messaging/mine/{greeting.pk}/" in said(client.get("/my-details/"))
    assert "Dear Ana" in said(client.get(f"/messaging/mine/{greeting.pk}/"))
    assert "Dear Ana" in said(client.get("/messaging/mine/"))
    assert f"/messaging/mine/{message.pk}/file/" in said(client.get(f"/messaging/mine/{message.pk}/"))
    response = client.get(f"/messaging/mine/{message.pk}/file/")
    assert response.content == png() and "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("problem", ["may_not_receive", "not_registered", "unreachable"])
def test_what_was_kept_from_somebody_is_no_message_of_theirs(client, author, parent, problem):
    message = sent(author, text="About the other parent's child")
    Delivery.objects.update(problem=problem)
    client.force_login(parent.user)
    assert "About the other" not in said(client.get("/my-details/")) + said(client.get("/messaging/mine/"))
    assert client.get(f"/messaging/mine/{message.pk}/").status_code == 404


def test_nobody_reads_anothers_words_nor_what_has_not_gone(client, author, parent):
    message = sent(author, text="Hello")
    other = make_person("contact")
    client.force_login(make_sign_in(other))
    for address in (f"/messaging/mine/{message.pk}/", f"/messaging/mine/{message.pk}/file/"):
        assert client.get(address).status_code == 404
    client.force_login(parent.user)
    Batch.objects.update(state="ready")
    assert client.get(f"/messaging/mine/{message.pk}/").status_code == 404


def test_viewed_as_a_parent_it_is_an_entry_in_the_trail(client, author, parent):
    message = sent(author)
    client.force_login(make_administrator())
    client.post(f"/accounts-profiles/accounts/{parent.user.pk}/impersonate/", {"reason": "Asks for help"})
    client.get(f"/messaging/mine/{message.pk}/")
    looks = AuditEvent.objects.filter(act="looked at the messages of the person viewed as")
    assert [entry.on_behalf_of for entry in looks] == [f"user {parent.user.pk}"]


@pytest.fixture
def merged(author, parent):
    """(what was sent to a row that was merged into the parent's since, that row)"""
    gone = make_person("contact", language="en")
    registration = make_registration(gone)
    message = sent(author, text="The bus is late")
    Delivery.objects.filter(person=parent).delete()
    withdraw(registration=registration, by=None)
    merge(kept=parent, gone=gone, stays={}, by=None)
    return message, gone


def test_what_went_to_a_row_that_was_merged_is_the_persons(client, parent, merged):
    message, gone = merged
    client.force_login(reader("messaging.write", "messaging.report"))
    for address in (f"/people/{parent.pk}/", f"/messaging/to/{parent.pk}/"):
        assert "The bus is late" in said(client.get(address)), address
    table = client.get(f"/messaging/to/{parent.pk}/sent.csv")
    assert "The bus is late" in b"".join(table.streaming_content).decode()
    for address in (f"/messaging/{message.pk}/people/{{}}/", "/messaging/to/{}/"):
        assert client.get(address.format(gone.pk)).headers["Location"] == address.format(parent.pk)
    assert "WeCom accepted it for them" in said(client.get(f"/messaging/{message.pk}/people/{parent.pk}/"))


def test_a_parent_of_two_rows_reads_what_went_to_either(client, parent, merged):
    message, _gone = merged
    client.force_login(parent.user)
    for address in ("/my-details/", "/messaging/mine/", f"/messaging/mine/{message.pk}/"):
        assert "The bus is late" in said(client.get(address)), address
    Delivery.objects.create(message=message, person=parent, userid="sp-9", batch=Batch.objects.latest("pk"))
    assert client.get(f"/messaging/mine/{message.pk}/").context["delivery"].person == parent


def test_lists_cost_the_same_for_one_and_for_many(client, author, parent, django_assert_max_num_queries):
    registered(5)
    for _ in range(40):
        sent(author)
    client.force_login(reader("messaging.write", "messaging.report"))
    with django_assert_max_num_queries(30):
        client.get(f"/messaging/to/{parent.pk}/")
    client.force_login(parent.user)
    with django_assert_max_num_queries(25):
        client.get("/messaging/mine/")


def test_whoever_is_limited_reads_no_words_that_name_the_child_of_another_class(client, author, parent):
    teacher = reader("messaging.write", "messaging.report", "messaging.own_groups")
    own, sibling = make_person("pupil", given_name="Minnie"), make_person("pupil", given_name="Sibyl")
    make_group("class", "Maths", members=[teacher.person, own])
    make_group("form", "Form 9Z", members=[sibling])
    relate(parent, own)
    link = relate(parent, sibling)
    message = sent(author, text="About ((children)) of ((form))")
    client.force_login(teacher)
    one = f"/messaging/{message.pk}/people/{parent.pk}/"
    page = said(client.get(one))
    assert "may name pupils of none of your groups" in page and "((children))" in page
    assert "Sibyl" not in page and "Form 9Z" not in page
    assert "Sibyl of" not in said(client.get(f"/people/{parent.pk}/")) + said(client.get(f"/messaging/to/{parent.pk}/"))
    client.force_login(reader("messaging.write", "messaging.report"))
    assert "About Minnie, Sibyl of Form 9Z" in said(client.get(one))
    # A text that names their own pupils alone is read as it went.
    link.delete()
    message = sent(author, text="News of ((children))")
    client.force_login(teacher)
    assert "News of Minnie" in said(client.get(f"/messaging/{message.pk}/people/{parent.pk}/"))
