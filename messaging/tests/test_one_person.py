"""Did this family get it, and what did they get?"""

import json

import pytest
from django.db.models.functions import Now

from messaging.audience.in_words import ROLE_LABELS, WHO_LABELS
from messaging.demo import make_message
from messaging.models import Attempt, Batch, Delivery, Message, SavedAudience
from messaging.report.why import meant_by
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from portal.people.models import Membership
from registration.demo import make_registration
from wechat_admin.models import EnterpriseAccount

from .desk import address, png, registered, said

pytestmark = pytest.mark.django_db
CONTACTS = {"include": [{"role": "contacts"}]}


def frozen(author, rule=CONTACTS, **fields):
    message = make_message(author, rule=rule, **fields)
    prepare(message.pk)
    message.refresh_from_db()
    return message


def page_of(message, person):
    return f"/messaging/{message.pk}/people/{person.pk}/"


def accepted(message):
    message.batches.update(state=Batch.State.ACCEPTED, first_attempt_at=Now())


def test_the_words_are_those_of_this_person_in_their_language_and_stay_as_they_were(client, sender):
    mother = registered(given_name="Ana", language="zh-hans", chinese_name="王梅")
    father = registered(given_name="Tom", language="en")
    message = frozen(sender, text="Dear ((name))", translations={"zh-hans": "尊敬的 ((name))"})
    accepted(message)
    mother.chinese_name = "李梅"
    mother.save()
    html = said(client.get(page_of(message, mother)))
    assert "尊敬的 王梅" in html and "Dear" not in html and "尊敬的 李梅" not in html
    assert "Dear Tom" in said(client.get(page_of(message, father)))


def test_what_the_call_said_counts_and_not_what_was_added_to_later_ones(client, sender):
    first, second = registered(2)
    message = frozen(sender, text="Hello ((name))")
    ours, theirs = (Delivery.objects.get(person=person).batch for person in (first, second))
    body = json.dumps({"msgtype": "text", "text": {"content": "Hello as it went"}}).encode()
    Batch.objects.filter(pk=ours.pk).update(body=body, state="accepted")
    Message.objects.update(addition=" (10:02)")
    assert "Hello as it went<" in said(client.get(page_of(message, first))).replace(" <", "<")
    assert "(10:02)" in said(client.get(page_of(message, second)))
    assert theirs.body is None


def test_why_is_said_from_the_rule_the_relationship_and_the_answer(client, sender, school):
    rule = {"include": [{"group": school["year7"].pk, "who": "contacts"}]}
    message = frozen(sender, rule=rule)
    accepted(message)
    mother = said(client.get(page_of(message, school["Mother"])))
    assert "Chosen by: Year 7: their contacts." in mother and "WeCom accepted it for them." in mother
    assert "may receive messages." in mother and "Anna" not in mother.split("</section>")[0].split("<dl")[0]
    barred = said(client.get(page_of(message, school["Barred"])))
    assert "may not receive messages about these pupils" in barred and "may not receive messages." in barred
    cook = said(client.get(page_of(message, school["Cook"])))
    assert "No part of the audience means them today." in cook
    assert "They were not among the people of this message" in cook


def test_every_kind_of_clause_is_asked(client, sender, school):
    mother = school["Mother"]
    saved = SavedAudience.objects.create(owner=sender, name="Kept", rule=CONTACTS)
    before = frozen(sender)
    clauses = [
        *({"role": role} for role in ROLE_LABELS),
        *({"group": school["year7"].pk, "who": who} for who in WHO_LABELS),
        {"person": mother.pk},
        {"listed": [mother.pk], "name": "list.csv"},
        {"audience": saved.pk},
        {"rule": CONTACTS, "name": "Kept"},
        {"unknown_of": before.pk},
        {"of_message": before.pk, "states": ["waiting"]},
    ]
    found = meant_by(clauses, mother, EnterpriseAccount.objects.the())
    strangers = [{"role": "staff"}, {"role": "pupils"}, {"unknown_of": before.pk}]
    strangers += [{"group": school["year7"].pk, "who": who} for who in ("pupils", "staff")]
    assert found == [clause for clause in clauses if clause not in strangers]


def test_who_was_left_out_reads_by_which_part(client, sender, school):
    rule = CONTACTS | {"exclude": [{"person": school["Mother"].pk}]}
    message = frozen(sender, rule=rule)
    assert "Left out of the audience by:" in said(client.get(page_of(message, school["Mother"])))


def test_a_refusal_says_what_wecoms_code_means(client, sender):
    person = registered()
    message = frozen(sender)
    message.batches.update(state="rejected", errcode=85002)
    html = said(client.get(page_of(message, person)))
    assert "WeCom refused the message to them." in html and "words that WeCom forbids. (85002)" in html


@pytest.mark.parametrize("problem", Delivery.Problem.values)
def test_every_reason_has_its_sentence(client, sender, problem):
    person = make_person("contact")
    message = frozen(sender)
    Delivery.objects.update(problem=problem)
    assert client.get(page_of(message, person)).status_code == 200


def test_whoever_is_limited_to_their_groups_reads_of_nobody_else(client):
    teacher = make_person("staff")
    user = make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"])
    mine, other = make_person("pupil", given_name="Mine"), make_person("pupil", given_name="Strange")
    form = make_group("form", "7A", members=[mine])
    Membership.objects.create(person=teacher, group=form)
    mother, stranger = registered(2)
    for pupil in (mine, other):
        relate(mother, pupil)
    relate(stranger, other)
    message = frozen(user)
    client.force_login(user)
    html = said(client.get(page_of(message, mother)))
    assert "Mine" in html and "Strange" not in html
    assert client.get(page_of(message, stranger)).status_code == 404


def test_a_colleagues_message_is_not_found(client, author):
    person = registered()
    message = frozen(author, kind="image", text="")
    message.attachments.create(name="a.png", size=1, data=png())
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    assert client.get(page_of(message, person)).status_code == 404
    assert client.get(address("file", message)).status_code == 404


def test_the_picture_can_be_opened_by_whoever_may_read_and_is_kept_nowhere(client, sender):
    person = registered()
    message = make_message(sender, rule=CONTACTS, kind="image", text="")
    message.attachments.create(name="a.png", size=1, data=png())
    prepare(message.pk)
    assert f'src="{address("file", message)}"' in said(client.get(page_of(message, person)))
    response = client.get(address("file", message))
    assert response.headers["Content-Type"] == "image/png" and response.content == png()
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["成绩.pdf", "page.html", "a.svg"])
def test_what_a_browser_would_run_is_for_saving(client, sender, name):
    message = make_message(sender, kind="file", text="")
    message.attachments.create(name=name, size=1, data=b"x")
    response = client.get(address("file", message))
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_a_text_has_no_file(client, sender):
    assert client.get(address("file", make_message(sender))).status_code == 404


def test_looking_is_an_entry_a_person(client, sender):
    people = registered(2)
    message = frozen(sender)
    for person in (*people, people[0]):
        client.get(page_of(message, person))
    looks = AuditEvent.objects.filter(act="looked at what a person was sent")
    assert sorted(looks.values_list("subject", flat=True)) == sorted(f"person {person.pk}" for person in people)


def test_attempts_are_for_those_who_run_the_connection(client, sender):
    person = registered()
    message = frozen(sender)
    batch = message.batches.get()
    Attempt.objects.create(batch=batch, number=1, lease="0" * 32, milliseconds=12, outcome="unknown", errcode=-1)
    assert "Attempts" not in said(client.get(page_of(message, person)))
    options = ["messaging.write", "messaging.report", "wechat_admin.view_account"]
    client.force_login(make_sign_in(make_person("staff"), options=options))
    assert "no clear answer: perhaps sent" in said(client.get(page_of(message, person)))


def test_a_person_costs_the_same_whatever_the_audience(client, sender, django_assert_max_num_queries):
    person = registered()
    for _ in range(40):
        make_registration(make_person("contact"))
    groups = [make_group(name=f"Year {number}") for number in range(10)]
    rule = {"include": [*CONTACTS["include"], *({"group": group.pk, "who": "contacts"} for group in groups)]}
    message = frozen(sender, rule=rule)
    with django_assert_max_num_queries(30):
        client.get(page_of(message, person))
