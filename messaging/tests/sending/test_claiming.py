"""Leases, order, and what WeCom would swallow or drop."""

import json
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now, Upper
from django.test.utils import CaptureQueriesContext

from messaging import sweeps, tasks
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.models import Attempt, Batch, Message
from messaging.routes.outcome import NOT_SENT, OK, REFUSED, UNKNOWN, Outcome
from messaging.sending import actions
from messaging.sending import claim as claim_module
from messaging.sending.claim import claim
from messaging.sending.senders import call
from messaging.sending.settle import settle
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.models import Registration
from wechat_admin.wecom.bodies import text_body
from wechat_admin.wecom.client import SendAnswer

from .rows import AGO, TEXT, claimed, counts, due_now, follow, prepared, registered

pytestmark = pytest.mark.django_db


class Accepting:
    """Says yes to every call."""

    def send_message_with(self, token, body):
        return SendAnswer("m", frozenset(), frozenset())


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


def test_a_lease_runs_from_when_the_bytes_are_there_however_long_that_took(account, author, monkeypatch):
    registered(2)
    prepared(author)
    ready = []
    slow = claim_module._bodies_of
    monkeypatch.setattr(claim_module, "_bodies_of", lambda *new: (slow(*new), ready.append(time.monotonic()))[0])
    (mine,) = claim(account, 5)
    assert ready[0] <= mine.claimed <= time.monotonic()


def test_whoever_can_be_reached_no_longer_is_taken_out_of_their_call_alone(account, author):
    people = registered(4)
    message = prepared(author)
    Registration.objects.filter(person=people[1]).update(status=Registration.Status.WITHDRAWN)
    Registration.objects.filter(person=people[2]).update(userid="somebody-else")
    (mine,) = claim(account, 5)
    (userids,) = {json.loads(mine.body)["touser"]}
    left = message.deliveries.filter(problem=None).order_by("userid").values_list("userid", flat=True)
    assert userids.split("|") == list(left) and len(left) == 2
    problems = dict(message.deliveries.exclude(problem=None).values_list("person", "problem"))
    assert problems == {people[1].pk: "stopped", people[2].pk: "unreachable"}
    assert message.batches.get().problems == 2


def test_a_member_whose_letters_are_others_by_now_is_the_same_and_is_asked_about_last(account, author):
    (person,) = registered(1)
    message = prepared(author)
    Registration.objects.filter(person=person).update(userid=Upper("userid"))
    with CaptureQueriesContext(connection) as asked:
        (mine,) = claim(account, 5)
    assert json.loads(mine.body)["touser"] == message.deliveries.get(problem=None).userid
    (sql,) = (query["sql"] for query in asked if "by_now" in query["sql"])
    assert sql.index('."userid" = ') < sql.index("LOWER("), "small letters are made of a claim's fifty thousand"


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


def test_of_many_messages_at_once_only_those_wait_who_have_had_enough(account, simulator, author):
    """One of ten has had 29 messages in this minute: the others are claimed at once, by the dozen."""
    flooded = registered(1, account)[0]
    for n in range(29):
        prepared(author, text=f"message {n}", rule={"include": [{"listed": [flooded.pk], "name": ""}]})
    everybody_before = claim(account, 100)
    settle([call(Accepting(), "", batch) for batch in everybody_before])
    assert len(everybody_before) == 29
    registered(9, account)
    message = prepared(author, text="Dear ((name))")
    with CaptureQueriesContext(connection) as asked:
        mine = claim(account, 100)
    assert len(mine) == 9 and len(asked) < 30
    waits = message.batches.get(state=Batch.State.READY)
    assert waits.deliveries.get().person == flooded
    settle([call(Accepting(), "", batch) for batch in mine])
    assert claim(account, 100) == []
    Attempt.objects.update(at=Now() - timedelta(minutes=2))
    assert [batch.pk for batch in claim(account, 100)] == [waits.pk]


def test_what_may_have_gone_goes_before_what_has_not(account, simulator, author):
    registered(4)
    message = prepared(author, text="Dear ((name))")
    (lost,) = claim(account, 1)
    Batch.objects.filter(pk=lost.pk).update(lease_until=Now() - AGO)
    sweeps.doubt_lost_batches()
    assert [batch.pk for batch in claim(account, 1)] == [lost.pk], "its worker was killed"
    (reset,) = claim(account, 1)
    reset.outcome = Outcome(UNKNOWN, soon=True)
    settle([reset])
    assert message.batches.filter(state=Batch.State.READY).count() == 2
    Batch.objects.filter(pk=reset.pk).update(next_attempt_at=Now() - timedelta(milliseconds=1))
    first, _ = claim(account, 2)
    assert first.pk == reset.pk, "due later than the others, and in doubt"


@pytest.mark.parametrize(
    ("text", "urgent_text", "are_urgent"),
    [
        ("Dear ((name))", "Leave the building", [True, False, False]),
        ("Good morning", "Leave the building, ((name))", [True, True, False]),
    ],
)
def test_what_is_urgent_is_called_first_within_a_claim_too(account, author, approver, text, urgent_text, are_urgent):
    registered(2)
    prepared(author, text=text)
    urgent = prepared(author, text=urgent_text, urgent=True, released_by=approver)
    assert [batch.message_id == urgent.pk for batch in claim(account, 10)] == are_urgent
