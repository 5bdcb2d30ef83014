"""What somebody does to one message is done to no other that stands where it stood."""

from functools import partial

import pytest

from messaging import releasing
from messaging.demo import make_message
from messaging.models import Message
from messaging.sending import actions as sending

pytestmark = pytest.mark.django_db
Status, Reason = Message.Status, Message.PausedReason
LATER = "2099-01-01T00:00Z"


def row(message):
    return Message.objects.filter(pk=message.pk).values().get()


@pytest.mark.parametrize(
    ("verb", "status", "fields"),
    [
        (sending.stop, Status.SENDING, {}),
        (sending.resume, Status.PAUSED, {"paused_reason": Reason.CODE, "frozen_digest": "x"}),
        (sending.resume, Status.PAUSED, {"paused_reason": Reason.MISSED}),
        (sending.make_differ, Status.PAUSED, {"paused_reason": Reason.SAME_TEXT, "frozen_digest": "x"}),
        (releasing.take_back, Status.SCHEDULED, {"start_at": LATER}),
        (releasing.take_back, Status.PREPARING, {"start_at": LATER}),
        (releasing.start_now, Status.PREPARING, {"start_at": LATER}),
        (partial(releasing.send_back, version=1, note="Shorter, please"), Status.AWAITING, {}),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_what_is_done_to_one_message_is_done_to_no_other(author, verb, status, fields, which):
    both = [make_message(author, status=status, **fields) for _ in range(2)]
    this, other = both[which], both[1 - which]
    before = row(this), row(other)
    verb(message=this, by=author)
    assert row(other) == before[1]
    assert row(this) != before[0]
