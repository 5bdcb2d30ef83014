"""`message/send` to members of the school's account, by whom it is read in WeChat (doc 90236)."""

from django.db.models import Value, When

from registration.models import Registration
from wechat_admin.wecom import bodies
from wechat_admin.wecom.client import TOKEN_CODES
from wechat_admin.wecom.codes import CONTENT_CODES, MEDIA_CODES
from wechat_admin.wecom.errors import (
    WeComError,
    WeComMisconfigured,
    WeComRateLimited,
    WeComUnavailable,
    WeComUnreachable,
)

from ..models import Delivery, Message
from .outcome import NOT_SENT, REFUSED, UNKNOWN, Outcome

MOST_RECIPIENTS = 1000
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)
NOBODY_REACHABLE = 81013
Problem = Delivery.Problem


def reached(account):
    """The registrations whose members WeCom will accept a message for."""
    return Registration.objects.reachable(account)


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


def outcome_of(error: WeComError) -> Outcome:
    """The protocol's table: what a failed `message/send` tells us of the batch, and what it means for the others."""
    code, status = error.code, error.http_status
    if code in TOKEN_CODES:
        return Outcome(NOT_SENT, code, status, token=True)
    if isinstance(error, WeComRateLimited):
        return Outcome(NOT_SENT, code, status, wait=True)
    if isinstance(error, WeComMisconfigured):
        return Outcome(NOT_SENT, code, status, hold=True)
    if isinstance(error, WeComUnreachable):
        return Outcome(NOT_SENT, code, status)
    if isinstance(error, WeComUnavailable):
        return Outcome(UNKNOWN, code, status)
    if code == NOBODY_REACHABLE:
        return Outcome(REFUSED, code, status, nobody=True)
    if code in CONTENT_CODES:
        return Outcome(REFUSED, code, status, pause=Message.PausedReason.CONTENT)
    if code in MEDIA_CODES:
        return Outcome(NOT_SENT, code, status, media=True)
    return Outcome(NOT_SENT, code, status, pause=Message.PausedReason.CODE)
