"""The member route: what one call holds and may hold. Another route would be a module beside this one."""

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

from ..models import Message
from .outcome import NOT_SENT, REFUSED, UNKNOWN, Verdict

MOST_RECIPIENTS = 1000  # per call (doc 90236)
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)
NOBODY_REACHABLE = 81013


def body_of(batch, account, userids):
    """The exact bytes of the call, from what the message holds now. The same gives the same bytes."""
    part = batch.part
    return bodies.body(part.kind, account.application_agent_id, userids, part.content)


def judge(error: WeComError) -> Verdict:
    """The protocol's table: what a failed `message/send` tells us of the batch, and what it means for the others."""
    code, status = error.code, error.http_status
    if code in TOKEN_CODES:
        return Verdict(NOT_SENT, code, status, token=True)
    if isinstance(error, WeComRateLimited):
        return Verdict(NOT_SENT, code, status, wait=True)
    if isinstance(error, WeComMisconfigured):
        return Verdict(NOT_SENT, code, status, hold=True)
    if isinstance(error, WeComUnreachable):
        return Verdict(NOT_SENT, code, status)
    if isinstance(error, WeComUnavailable):
        return Verdict(UNKNOWN, code, status)
    if code == NOBODY_REACHABLE:
        return Verdict(REFUSED, code, status)
    if code in CONTENT_CODES:
        return Verdict(REFUSED, code, status, pause=Message.PausedReason.CONTENT)
    if code in MEDIA_CODES:
        return Verdict(NOT_SENT, code, status, media=True)
    return Verdict(NOT_SENT, code, status, pause=Message.PausedReason.CODE)
