"""Leases, order, and what WeCom would swallow or drop."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from messaging import sweeps, tasks
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.models import Attempt, Batch, Message
from messaging.routes.outcome import NOT_SENT, OK, REFUSED, UNKNOWN, Outcome
from messaging.sending import actions
from messaging.sending.claim import claim
from messaging.sending.senders import call
from messaging.sending.settle import settle
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from wechat_admin.wecom.bodies import text_body
from wechat_admin.wecom.client import SendAnswer

from .rows import AGO, TEXT, claimed, counts, due_now, follow, prepared, registered

pytestmark = pytest.mark.django_db


def test_a_worker_whose_lease_is_gone_may_add_proof_of_success_and_nothing_else(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    (late,) = claimed(account, message)
    Batch.objects.update(lease_until=Now() - AGO)
    sweeps.doubt_lost_batches()
    due_now()
    (current,) = claimed(account, message)
    for outcome in (Outcome(UNKNOWN), Outcome(NOT_SENT), Outcome(REFUSED, 45002)):
        late.outcome = outcome
        settle([late])
        batch = message.batches.get()
        assert (batch.state, batch.lease) == (Batch.State.IN_FLIGHT, current.lease)
    late.outcome, late.answer = Outcome(OK, 0), SendAnswer("m", frozenset(), frozenset())
    settle([late])
    assert counts(message) == {"accepted": 1}


def test_a_late_proof_changes_unknown_even_after_the_message_has_finished(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    (late,) = claimed(account, message)
    Batch.objects.update(state=Batch.State.UNKNOWN, lease=None, lease_until=None)
    sweeps.sweep()
    assert counts(message) == {"unknown": 1}
    late.outcome, late.answer = Outcome(OK, 0), SendAnswer("m", frozenset(), frozenset())
    settle([late])
    assert counts(message) == {"accepted": 1}


def test_a_call_is_not_begun_too_late_after_its_claim(account, simulator, author, monkeypatch):
    registered(1, account)
    message = prepared(author)
    (batch,) = claimed(account, message)
    batch.claimed -= 21
    settle([call(None, "", batch)])
    stored = message.batches.get()
    assert (stored.state, stored.attempts, stored.body) == (Batch.State.READY, 0, None)
    assert not Attempt.objects.exists()


def test_the_body_is_frozen_by_the_first_claim_and_never_changes(account, simulator, author):
    people = registered(2, account)
    message = prepared(author, text=TEXT)
    (first,) = claimed(account, message)
    assert first.body == text_body(1000002, sorted(f"sp-{p.reference}" for p in people), TEXT)
    Batch.objects.update(state=Batch.State.UNCERTAIN, maybe_sent=True, lease=None, lease_until=None)
    Message.objects.update(text="another text")
    due_now()
    (second,) = claimed(account, message)
    assert second.body == first.body


def test_in_flight_needs_a_lease():
    with pytest.raises(IntegrityError), transaction.atomic():
        message = make_message(make_sign_in(make_person("staff")))
        Batch.objects.create(message=message, number=1, size=1, state=Batch.State.IN_FLIGHT)


def test_urgent_goes_first_then_the_message_least_recently_served(account, simulator, author, approver, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    registered(3, account)
    huge, small = prepared(author, text="huge"), prepared(author, text="small")
    urgent = prepared(author, text="urgent", urgent=True, released_by=approver)
    order = []
    for _ in range(9):
        (batch,) = claim(account, 1)
        order.append({huge.pk: "huge", small.pk: "small", urgent.pk: "urgent"}[batch.message_id])
    assert order == ["urgent"] * 3 + ["huge", "small"] * 3


def test_a_person_never_gets_more_than_wecom_lets_through(account, simulator, author):
    follow(simulator, registered(1, account))
    sent = [make_message(author, text=f"message {n}") for n in range(32)]
    tasks.pump()
    assert sum(sum(texts.values()) for texts in simulator.inbox.values()) == 29, "WeCom drops the 31st in silence"
    assert Message.objects.filter(status=Message.Status.FINISHED).count() == 29
    Attempt.objects.update(at=Now() - timedelta(minutes=2))
    Message.objects.update(counts_until=Now() - timedelta(minutes=2))
    tasks.pump()
    assert Message.objects.filter(status=Message.Status.FINISHED).count() == len(sent)


def test_the_same_text_to_the_same_people_waits_for_a_person(account, simulator, author):
    follow(simulator, registered(2, account))
    make_message(author, text=TEXT)
    tasks.pump()
    again = make_message(author, text=TEXT)
    tasks.pump()
    again.refresh_from_db()
    assert (again.status, again.paused_reason) == (Message.Status.PAUSED, "same text")
    assert simulator.calls("message/send") == {0: 1}
    actions.make_differ(message=again, by=author)
    tasks.pump()
    assert counts(again) == {"accepted": 2}
    assert all(len(texts) == 2 for texts in simulator.inbox.values())


def test_the_same_text_after_five_hours_goes_out(account, simulator, author):
    registered(1, account)
    make_message(author, text=TEXT)
    tasks.pump()
    Batch.objects.update(first_attempt_at=Now() - timedelta(hours=5, seconds=1))
    again = make_message(author, text=TEXT)
    tasks.pump()
    assert counts(again) == {"accepted": 1}


def test_a_text_that_would_become_too_long_is_not_made_to_differ(account, author):
    message = make_message(author, text="x" * 2045, status=Message.Status.PAUSED, paused_reason="same text")
    with pytest.raises(MessageRefused, match="too long"):
        actions.make_differ(message=message, by=author)
