"""How long the rest will take: from what was accepted lately, and nothing where nobody can know."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.time_left import going, time_left
from portal.ledger import mark
from wechat_admin.models import SendingGate

from .desk import address, said

pytestmark = pytest.mark.django_db
Status, State = Message.Status, Batch.State


@pytest.fixture
def message(sender):
    return make_message(sender, status=Status.SENDING, recipients=700, frozen_digest="x")


def batch(message, size, *, ago=None, state=None, number=None, **fields):
    at = None if ago is None else Now() - timedelta(seconds=ago)
    state = state or (State.READY if ago is None else State.ACCEPTED)
    number = number or message.batches.count() + 1
    return message.batches.create(number=number, size=size, state=state, first_attempt_at=at, **fields)


def test_the_report_says_how_long_the_rest_takes_as_it_goes_now(client, message):
    batch(message, 100, ago=600)
    batch(message, 100, ago=30)
    batch(message, 500)
    assert time_left(message) == "about 3 minutes left"
    assert "200 of 700 settled · about 3 minutes left" in said(client.get(address("progress", message)))
    Batch.objects.filter(state=State.READY).update(size=25_000)
    assert time_left(message) == "about 2 hours left"
    Batch.objects.filter(state=State.READY).update(size=50)
    assert time_left(message) == "about a minute left"


def test_what_was_accepted_earlier_says_nothing_of_now(message):
    batch(message, 200, ago=61)
    batch(message, 500)
    assert time_left(message) == ""


def test_just_begun_nobody_knows(message):
    batch(message, 200, ago=5)
    batch(message, 500)
    assert time_left(message) == ""


def stop_the_message():
    Message.objects.update(cancel_requested_at=Now())


def pause_the_message():
    Message.objects.update(status=Status.PAUSED, paused_reason="code")


def pause_sending():
    SendingGate.objects.update(paused=True)


def hold_sending():
    SendingGate.objects.update(hold_code=60020)


def limit_sending():
    SendingGate.objects.update(waits=1, wait_until=Now() + timedelta(minutes=1))


@pytest.mark.parametrize(
    "stop", [stop_the_message, pause_the_message, pause_sending, hold_sending, limit_sending, mark.hold]
)
def test_of_what_does_not_go_on_nobody_knows(client, message, stop):
    batch(message, 200, ago=30)
    batch(message, 500)
    assert time_left(message) != ""
    stop()
    message.refresh_from_db()
    assert " left" not in said(client.get(address("progress", message)))


def test_files_that_follow_count_in_the_time_and_people_once(message):
    Message.objects.update(part_count=2)
    message.refresh_from_db()
    batch(message, 200, ago=60 * 0.5)
    batch(message, 200)
    batch(message, 400, part_number=2, span=message.spans.create())
    its = going([message])[message.pk]
    assert (its.waiting, its.left, its.done) == (400, 600, 200)
    assert its.time_left == "about 2 minutes left"


def test_many_messages_are_one_question(message, sender, django_assert_num_queries):
    others = [make_message(sender, status=Status.SENDING) for _ in range(3)]
    for other in others:
        batch(other, 10)
    with django_assert_num_queries(1):
        assert len(going([message, *others])) == 3
