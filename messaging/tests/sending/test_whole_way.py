"""A message arrives once on every phone."""

import pytest

from messaging import sweeps, tasks
from messaging.demo import make_message
from messaging.models import Attempt, Batch, Delivery, Message
from portal.health.beats import this_process

from .rows import TEXT, counts, follow, prepared, registered

pytestmark = pytest.mark.django_db


def test_a_message_arrives_once_on_every_registered_phone(account, simulator, author):
    people = registered(5, account)
    follow(simulator, people)
    message = make_message(author, text=TEXT)
    tasks.pump()
    tasks.pump()
    sweeps.sweep()
    assert counts(message) == {"accepted": 5} and message.status == Message.Status.FINISHED
    assert sorted(simulator.inbox) == sorted(f"sp-{person.reference}" for person in people)
    assert all(texts == {TEXT: 1} for texts in simulator.inbox.values())
    assert simulator.calls("message/send") == {0: 1}
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.errcode) == (1, "ok", 0)
    assert attempt.process == this_process()


def test_personal_texts_are_batches_of_one(account, simulator, author):
    people = registered(3, account)
    follow(simulator, people)
    message = prepared(author)
    batch = message.batches.get()
    for number, delivery in enumerate(batch.deliveries.all(), start=2):
        one = Batch.objects.create(message=message, number=number, size=1, content=f"Dear {delivery.userid}")
        Delivery.objects.filter(pk=delivery.pk).update(batch=one)
    batch.delete()
    tasks.pump()
    assert counts(message) == {"accepted": 3}
    assert all(texts == {f"Dear {userid}": 1} for userid, texts in simulator.inbox.items())


def test_people_wecom_names_as_invalid_are_reported_and_the_rest_is_accepted(account, simulator, author):
    follow(simulator, registered(2, account))
    ghost = registered(1)[0]
    message = make_message(author)
    tasks.pump()
    assert counts(message) == {"accepted": 2, "unreachable": 1}
    assert message.deliveries.get(person=ghost).state == Delivery.Problem.UNREACHABLE


def test_nobody_of_a_call_reachable_is_a_refusal_of_each_of_them(account, simulator, author):
    registered(2)
    message = make_message(author)
    tasks.pump()
    assert counts(message) == {"unreachable": 2} and message.status == Message.Status.FINISHED
    assert message.batches.get().errcode == 81013
