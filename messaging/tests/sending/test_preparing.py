"""The list is frozen once."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from messaging import sweeps
from messaging.demo import make_message
from messaging.models import Batch, Delivery, Message
from messaging.sending.preparing import prepare, prepare_all
from portal.people.demo import leave, make_person
from registration.demo import make_registration
from registration.models import Registration
from registration.steps import actions as registration_actions

from .rows import counts, prepared, registered

pytestmark = pytest.mark.django_db


def test_the_list_is_frozen_once_in_batches_of_a_thousand_in_userid_order(account, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 4)
    registered(10)
    make_person("contact")
    message = prepared(author, rule={"include": [{"role": "contacts"}]})
    assert not prepare(message.pk), "a second worker finds nothing to do"
    sizes = list(message.batches.order_by("number").values_list("number", "size"))
    assert sizes == [(1, 4), (2, 4), (3, 2)]
    by_batch = [
        list(b.deliveries.order_by("userid").values_list("userid", flat=True))
        for b in message.batches.order_by("number")
    ]
    everybody = [userid for userids in by_batch for userid in userids]
    assert everybody == sorted(everybody)
    assert (message.recipients, message.status) == (11, Message.Status.SENDING)
    assert counts(message) == {"waiting": 10, "not_registered": 1}


def test_each_persons_reason_is_written_down(account, author):
    people = {
        name: make_person("contact", given_name=name)
        for name in ("ok", "never", "begun", "unscanned", "stopped", "gone", "away", "left")
    }
    make_registration(people["ok"])
    make_registration(people["begun"], Registration.Status.STARTED)
    make_registration(people["unscanned"], Registration.Status.IN_WECOM)
    make_registration(people["stopped"], Registration.Status.WITHDRAWN)
    make_registration(people["gone"], no_longer_at=Now())
    make_registration(people["away"], out_of_range=True)
    make_registration(people["left"])
    leave(people["left"])
    message = prepared(author, rule={"include": [{"role": "contacts"}]})
    found = dict(message.deliveries.values_list("person__given_name", "problem"))
    assert found == {
        "ok": None,
        "never": "not_registered",
        "begun": "not_registered",
        "unscanned": "not_followed",
        "stopped": "stopped",
        "gone": "not_followed",
        "away": "out_of_range",
        "left": "left",
    }
    assert sum(message.counts.values()) == message.recipients == 8


def test_a_crash_while_preparing_leaves_the_message_for_the_next(account, author, monkeypatch):
    registered(2)
    message = make_message(author)
    monkeypatch.setattr("messaging.sending.preparing.why_it_waits", lambda m: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare(message.pk)
    message.refresh_from_db()
    assert message.status == Message.Status.PREPARING and not Batch.objects.exists() and not Delivery.objects.exists()
    monkeypatch.undo()
    sweeps.sweep()
    prepare_all()
    assert counts(message) == {"waiting": 2}


def test_a_list_that_shrank_since_it_was_shown_says_so(account, author, client):
    people = registered(3)
    message = make_message(author, status=Message.Status.DRAFT, rule={"include": [{"role": "contacts"}]})
    client.force_login(author)
    page = client.get(f"/messaging/{message.pk}/check/")
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]})
    prepare(message.pk)
    assert "1 person fewer than shown before sending" in client.get(f"/messaging/{message.pk}/").content.decode()


def test_nobody_reachable_finishes_at_once(account, author):
    make_person("contact")
    message = prepared(author, rule={"include": [{"role": "contacts"}]})
    sweeps.sweep()
    assert counts(message) == {"not_registered": 1} and message.status == Message.Status.FINISHED


def test_the_database_refuses_a_person_or_a_member_twice(account, author):
    people = registered(2)
    message = prepared(author)
    delivery = message.deliveries.first()
    for fields in (
        {"person": delivery.person, "userid": "other", "batch": delivery.batch},
        {"person": make_person("staff"), "userid": delivery.userid.upper(), "batch": delivery.batch},
        {"person": make_person("staff"), "userid": "x", "batch": None, "problem": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.create(message=message, **fields)
    assert len(people) == 2
