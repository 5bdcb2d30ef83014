"""“Messages have been waiting”: only what may go out, and does not."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
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
