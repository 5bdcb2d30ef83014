"""`message/send` to members of the school's account, by whom it is read in WeChat (doc 90236)."""

from django.db.models import Value, When

from portal.school.table import value
from registration.models import Registration
from wechat_admin.wecom import bodies
from wechat_admin.wecom.codes import Course
from wechat_admin.wecom.errors import WeComError

from ..models import Batch, Delivery, Message
from .outcome import NOT_SENT, REFUSED, UNKNOWN, Outcome

MOST_RECIPIENTS = 1000
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)
Problem = Delivery.Problem


def reached(account):
    """The registrations whose members WeCom will accept a message for."""
    return Registration.objects.reachable(account)


def is_used_up_today():
    """Whether by our own count as many person-times are accepted today as WeCom allows; False where we do not know."""
    limit = (value("member_limit") or 0) * DAILY_FOR_EACH_MEMBER
    return bool(limit) and Batch.objects.people_today() >= limit


def obstacles(account):
    """What keeps a message from whoever is not reached."""
    theirs = Registration.objects.of_account(account)
    current = theirs.open()
    confirmed = current.exclude(status=Registration.Status.STARTED)
    return [
        When(pk__in=current.filter(out_of_range=True).values("person"), then=Value(Problem.OUT_OF_RANGE)),
        When(pk__in=confirmed.values("person"), then=Value(Problem.NOT_FOLLOWED)),
        When(pk__in=current.values("person"), then=Value(Problem.NOT_REGISTERED)),
        When(pk__in=theirs.filter(status=Registration.Status.WITHDRAWN).values("person"), then=Value(Problem.STOPPED)),
    ]


def body_of(batch, account, userids):
    """The exact bytes of the call, from what the message holds now. The same gives the same bytes."""
    part = batch.part
    return bodies.body(part.kind, account.application_agent_id, userids, part.content)


# (outcome of the batch, what has to be done besides) for each course of the table (wecom/codes.py).
OUTCOMES: dict[Course, tuple[str, dict]] = {
    Course.REPEAT: (UNKNOWN, {}),
    Course.REPEAT_SOON: (UNKNOWN, {"soon": True}),
    Course.LATER: (NOT_SENT, {}),
    Course.NEW_TOKEN: (NOT_SENT, {"token": True}),
    Course.FEWER_AT_ONCE: (NOT_SENT, {"crowded": True}),
    Course.WAIT: (NOT_SENT, {"wait": True}),
    Course.HOLD: (NOT_SENT, {"hold": True}),
    Course.UPLOAD_AGAIN: (NOT_SENT, {"media": True}),
    Course.UNREACHABLE: (REFUSED, {"nobody": True}),
    Course.REFUSED: (REFUSED, {"pause": Message.PausedReason.CONTENT}),
    Course.ASK: (NOT_SENT, {"pause": Message.PausedReason.CODE}),
}


def outcome_of(error: WeComError) -> Outcome:
    """What a failed `message/send` tells us of the batch, and what it means for the others."""
    kind, besides = OUTCOMES[error.course]
    return Outcome(kind, error.code, error.http_status, **besides)
