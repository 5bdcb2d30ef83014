"""What an answer of `message/send` tells us of the batch, and what it means for everything else that waits."""

from dataclasses import dataclass

from wechat_admin.wecom.client import TOKEN_CODES
from wechat_admin.wecom.codes import CONTENT_CODES, MEDIA_CODES
from wechat_admin.wecom.errors import (
    WeComError,
    WeComMisconfigured,
    WeComRateLimited,
    WeComUnavailable,
    WeComUnreachable,
)

from .models import Message

NOBODY_REACHABLE = 81013


@dataclass(frozen=True)
class Verdict:
    """`kind` is the outcome; the rest is what has to be done about it besides."""

    kind: str
    errcode: int | None = None
    http_status: int | None = None
    hold: bool = False
    wait: bool = False
    token: bool = False
    media: bool = False
    pause: str = ""


OK, NOT_SENT, NOT_STARTED, UNKNOWN, REFUSED = "ok", "not_sent", "not_started", "unknown", "refused"


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
