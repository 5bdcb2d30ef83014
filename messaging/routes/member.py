"""The member route: what one call holds and may hold. Another route would be a module beside this one."""

from django.urls import reverse

from portal.addresses import Site, absolute
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

from ..kinds import Kind
from ..models import Message
from .outcome import NOT_SENT, REFUSED, UNKNOWN, Verdict

MOST_RECIPIENTS = 1000  # per call (doc 90236)
MOST_BYTES = bodies.TEXT_BYTES
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)
NOBODY_REACHABLE = 81013


def size_of(text):
    """Bytes as WeCom counts them."""
    return len(text.encode())


def body_of(batch, account, userids):
    """The exact bytes of the call, from what the message holds now. The same gives the same bytes."""
    return bodies.body(batch.message.kind, account.application_agent_id, userids, _content_of(batch))


def _content_of(batch):
    """What WeCom wants under the kind's own name."""
    message = batch.message
    text = (batch.content or message.text) + message.addition
    match message.kind:
        case Kind.TEXT:
            return {"content": text}
        case Kind.CARD:
            return {"title": message.title, "description": text, "url": message.address}
        case Kind.NEWS:
            return {"articles": [_article(message, article) for article in message.articles]}
    # The file itself stays where it is: it may be 20 MB.
    media = {"media_id": message.attachments.values_list("media_id", flat=True).get(role="body")}
    if message.kind == Kind.VIDEO:
        return media | {"title": message.title, "description": text}
    return media


def _article(message, article):
    """WeChat fetches the picture from us: it stands at an address that cannot be guessed."""
    written = {"title": article["title"] + message.addition, "url": article["url"]}
    if article.get("description"):
        written["description"] = article["description"]
    if article.get("picture"):
        written["picurl"] = absolute(Site.FAMILIES, reverse("messaging:article-picture", args=[article["picture"]]))
    return written


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
