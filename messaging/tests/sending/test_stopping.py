"""Stop, withdraw, pause, another company; and how a message ends."""

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from messaging import sweeps, tasks
from messaging.audience.people import people_of
from messaging.demo import make_message
from messaging.models import Batch, Message, State
from messaging.routes.outcome import NOT_SENT, Outcome
from messaging.sending import actions
from messaging.sending.claim import claim
from messaging.sending.senders import call
from messaging.sending.settle import settle
from messaging.writing.actions import draft_to_those_in
from portal.audit.models import AuditEvent
from registration.steps import actions as registration_actions
from wechat_admin.connection import clients as connection
from wechat_admin.demo import make_account
from wechat_admin.models import SendingGate

from .rows import TEXT, claimed, counts, due_now, follow, prepared, registered

pytestmark = pytest.mark.django_db


def test_stop_cancels_what_has_not_gone_and_leaves_doubt_unknown(account, simulator, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    registered(4, account)
    message = prepared(author)
    accepted, doubtful, *_ = message.batches.order_by("number")
    Batch.objects.filter(pk=accepted.pk).update(state=Batch.State.ACCEPTED)
    Batch.objects.filter(pk=doubtful.pk).update(state=Batch.State.UNCERTAIN, maybe_sent=True, first_attempt_at=Now())
    actions.stop(message=message, by=author)
    assert claim(account, 10) == [], "nothing is claimed after that commit"
    sweeps.sweep()
    assert counts(message) == {"accepted": 1, "unknown": 1, "cancelled": 2}
    assert message.status == Message.Status.CANCELLED


def test_pressed_twice_it_is_stopped_once_by_whoever_was_first(account, simulator, author, client):
    registered(2, account)
    message = prepared(author)
    claimed(account, message)  # in the air: it goes on stopping
    client.force_login(author)
    page = reverse("messaging:stop", args=[message.pk])
    assert client.get(page).status_code == 200, "it asks first"
    client.post(page)
    message.refresh_from_db()
    first = message.cancel_requested_at
    assert first and client.get(page).url == message.get_absolute_url(), "there is nothing more to ask"
    client.post(page)
    message.refresh_from_db()
    assert message.cancel_requested_at == first
    assert AuditEvent.objects.filter(act="stopped a message").count() == 1


def test_what_is_in_the_air_when_stopped_still_counts(account, simulator, author):
    follow(simulator, registered(1, account))
    message = prepared(author)
    (batch,) = claimed(account, message)
    actions.stop(message=message, by=author)
    sweeps.sweep()
    client = connection.application_client(account)
    settle([call(client, client.token(), batch)])
    assert counts(message) == {"accepted": 1} and message.status == Message.Status.CANCELLED


def test_stopping_before_the_list_is_frozen_sends_nothing(account, simulator, author):
    registered(2, account)
    message = make_message(author)
    actions.stop(message=message, by=author)
    tasks.pump()
    sweeps.sweep()
    assert counts(message) == {"cancelled": 2} and simulator.calls("message/send") == {}


def test_somebody_who_stops_is_taken_out_of_what_has_not_gone(account, simulator, author):
    people = registered(3, account)
    follow(simulator, people)
    message = prepared(author)
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    tasks.pump()
    assert counts(message) == {"accepted": 2, "stopped": 1}
    assert f"sp-{people[0].reference}" not in simulator.inbox


def test_a_batch_left_empty_is_cancelled(account, simulator, author):
    people = registered(1, account)
    message = prepared(author)
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    tasks.pump()
    sweeps.sweep()
    assert counts(message) == {"stopped": 1} and message.status == Message.Status.FINISHED
    assert simulator.calls("message/send") == {}


def test_paused_sending_claims_nothing_and_changes_no_batch(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    SendingGate.objects.update(paused=True)
    before = Batch.objects.values().get()
    assert claim(account, 10) == []
    tasks.pump()
    assert Batch.objects.values().get() == before
    assert counts(message) == {"waiting": 1}


def test_a_message_of_another_company_is_closed(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    make_account(corporation_id="ww99999999")
    sweeps.sweep()
    assert counts(message) == {"cancelled": 1}


def test_two_workers_that_settle_the_last_two_batches_are_made_good_by_the_sweep(account, author):
    registered(1, None)
    message = prepared(author)
    Batch.objects.update(state=Batch.State.ACCEPTED)
    sweeps.sweep()
    assert counts(message) == {"accepted": 1} and message.status == Message.Status.FINISHED
    assert message.final_counts == {"accepted": 1}


def test_the_sweep_rings_once_for_whatever_is_due_and_not_otherwise(account, author, doorbells, committed):
    with committed():
        sweeps.sweep()
    assert doorbells == []
    registered(1)
    prepared(author)
    make_message(author)
    with committed():
        sweeps.sweep()
    assert doorbells == ["messaging.tasks.pump"]


def test_send_again_goes_to_exactly_those_of_whom_it_is_unknown(account, simulator, author):
    people = registered(3, account)
    follow(simulator, people)
    message = prepared(author, text=TEXT)
    batch = message.batches.get()
    other = Batch.objects.create(message=message, number=2, size=1, state=Batch.State.UNKNOWN)
    message.deliveries.filter(person=people[0]).update(batch=other)
    Batch.objects.filter(pk=batch.pk).update(size=2, state=Batch.State.ACCEPTED)
    draft = draft_to_those_in(State.UNKNOWN, message=message, by=author)
    assert list(people_of(draft.audience, account)) == [people[0]]


def test_states_have_words():
    assert {str(state) for state in State} == {"waiting", "accepted", "failed", "unknown", "cancelled", "partly"}
    assert "delivered" not in " ".join(str(label) for label in State.labels)


def test_somebody_who_stops_while_the_batch_is_in_the_air_is_not_in_its_next_bytes(account, simulator, author):
    people = registered(2, account)
    follow(simulator, people)
    message = prepared(author)
    (batch,) = claimed(account, message)
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    batch.outcome = Outcome(NOT_SENT)
    settle([batch])
    due_now()
    tasks.pump()
    assert counts(message) == {"accepted": 1, "stopped": 1}
    assert f"sp-{people[0].reference}" not in simulator.inbox
