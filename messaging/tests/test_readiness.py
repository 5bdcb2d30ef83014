"""“Messages have been waiting”: only what may go out, and does not."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Attempt, Batch, Message
from messaging.sending.preparing import prepare
from portal import causes
from portal.health import readiness
from wechat_admin.models import SendingGate

from .desk import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def due_since_five_minutes(sender, school):
    registered()
    prepare(make_message(sender, rule={"include": [{"role": "registered"}]}).pk)
    Message.objects.update(last_served_at=None)
    assert Batch.objects.update(next_attempt_at=Now() - timedelta(minutes=5))


def waits():
    return readiness.results(readiness.OURSELVES)["oldest due batch"]


def test_what_is_due_and_does_not_go_out_is_said(due_since_five_minutes):
    assert waits().word.startswith("waiting since") and "have been waiting to go out since" in waits().sentence


def test_a_batch_whose_turn_comes_later_is_not_late(due_since_five_minutes):
    Message.objects.update(last_served_at=Now())
    assert waits() is None


def test_what_a_person_paused_or_wecom_holds_is_not_our_delay(due_since_five_minutes):
    SendingGate.objects.update(paused=True)
    assert waits() is None


# --- calls that get no answer ---


def call(number, **answer):
    Attempt.objects.create(batch=Batch.objects.first(), number=number, lease="0" * 32, milliseconds=5, **answer)


@pytest.fixture
def called_in_vain(due_since_five_minutes):
    """Tried again after longer and longer pauses: nothing is due now, and nothing is late."""
    Batch.objects.update(next_attempt_at=Now() + timedelta(minutes=5))
    for number, minutes in enumerate((20, 10, 5)):
        call(number, outcome="not_sent")
        Attempt.objects.filter(number=number).update(at=Now() - timedelta(minutes=minutes))
    assert waits() is None
    return causes.kind("messaging.wecom-away")


def test_that_wecom_answers_nobody_is_told(called_in_vain):
    assert set(called_in_vain.causes()) == {"wecom"} and "WeCom does not answer" in called_in_vain.sentence("wecom")


@pytest.mark.parametrize("answer", [{"outcome": "ok", "errcode": 0}, {"outcome": "not_sent", "errcode": -1}])
def test_while_it_answers_anybody_it_is_not_away(called_in_vain, answer):
    call(4, **answer)
    assert called_in_vain.causes() == {}


@pytest.mark.parametrize("numbers", [[0, 1], [2]])
def test_a_call_lost_a_moment_ago_or_long_ago_says_nothing_of_wecom(called_in_vain, numbers):
    Attempt.objects.exclude(number__in=numbers).delete()
    assert called_in_vain.causes() == {}
