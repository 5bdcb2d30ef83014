"""The first message comes once."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from registration.at_wecom import welcoming
from registration.models import Registration
from wechat_admin.models import SendingGate

from .helpers import A_MOMENT_AGO, NUMBER, check, confirmed, enter

pytestmark = pytest.mark.django_db


def registered(simulator, **fields):
    registration = enter(confirmed(**fields))
    simulator.scan(NUMBER)
    return check(registration)


def greet(registration):
    Registration.objects.filter(welcome_due_at__isnull=False).update(welcome_due_at=A_MOMENT_AGO)
    welcoming.welcome_due()
    registration.refresh_from_db()
    return registration


def test_somebody_newly_registered_gets_one_first_message_in_their_language(account, simulator):
    registration = registered(simulator, consent_language="zh-hans")
    assert greet(registration).welcomed_at
    (text,) = simulator.inbox["sp-C0007"]
    assert "Harbour Bridge School" in text and "消息" in text
    check(registration)
    greet(registration)
    assert simulator.inbox["sp-C0007"] == {text: 1}


@pytest.mark.parametrize("effect", ["drop", "drop_after", "busy", "busy_after", "http500"])
def test_the_first_message_arrives_once_whatever_wecom_answers(account, simulator, effect):
    registration = registered(simulator)
    simulator.rule(effect, call="message/send")
    assert greet(registration).welcomed_at is None
    assert greet(registration).welcomed_at
    assert list(simulator.inbox["sp-C0007"].values()) == [1]


def test_the_first_message_waits_while_sending_is_paused_and_is_given_up_before_it_could_come_twice(account, simulator):
    registration = registered(simulator)
    SendingGate.objects.update(paused=True)
    assert greet(registration).welcome_due_at
    SendingGate.objects.update(paused=False)
    Registration.objects.update(registered_at=Now() - timedelta(hours=4))
    assert greet(registration).welcome_due_at is None
    assert simulator.inbox == {}


def test_a_refused_first_message_is_not_tried_again(account, simulator):
    registration = registered(simulator)
    simulator.rule("error", call="message/send", code=81013)
    assert greet(registration).welcome_due_at is None and registration.is_registered


def test_following_again_is_not_greeted_again(account, simulator):
    registration = registered(simulator)
    greet(registration)
    simulator.control("members/sp-C0007/status", status=4)
    check(registration)
    simulator.scan(NUMBER)
    assert check(registration).welcome_due_at is None
