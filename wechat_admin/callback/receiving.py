"""What WeCom calls us with: verified and stored at once, worked on later in a worker.

`subscribe` and `unsubscribe` mean that somebody entered or left the application's visible range, not that they follow
(doc 90240): an event only makes the person due for a fresh check. What a person writes to us is not kept.
"""

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.doorbell import ring
from portal.languages import in_each
from portal.ledger import mark
from portal.request_sizes import SHORT_FORM
from portal.school.identity import office_contact
from portal.school.table import value

from ..connection.clients import application_client
from ..models import AutoReply, CallbackEvent, EnterpriseAccount
from ..models.callback import CallbackEventQuerySet
from ..wecom.bodies import text_body
from ..wecom.envelope import BadEnvelope, Envelope
from ..wecom.errors import WeComError

log = logging.getLogger(__name__)

_REFUSED, _A_WEEK = "callbacks-refused", 7 * 24 * 3600
PROCESS = "wechat_admin.tasks.process_callbacks"
MESSAGE = "message"
CHANGE_CONTACT = "change_contact"
# A member has left what the application sees, or is gone; or has come into it, under an id that may have been another's.
DELETED = "delete_user"
GONE, CAME = {"unsubscribe", DELETED}, {"subscribe", "create_user"}
ABOUT_A_MEMBER = GONE | CAME | {"update_user", CHANGE_CONTACT}

# Sent in a worker with `userid` and `kind` (one of the above): WeCom says that something about this member has changed.
member_changed = Signal()


@dataclass(frozen=True)
class Told:
    """The outside of a decrypted callback."""

    kind: str
    userid: str
    digest: str


def envelope_of(account: EnterpriseAccount) -> Envelope | None:
    """The envelope of the school's callback, or None before it was set up; a draft with a corporation id suffices."""
    if not (account.corporation_id and account.callback_token and account.callback_aes_key):
        return None
    return Envelope(account.callback_token.reveal(), account.callback_aes_key.reveal(), account.corporation_id)


def verify(account: EnterpriseAccount, query: Mapping[str, str]) -> bytes:
    """The plain text WeCom wants to see when the console saves our address. Raises BadEnvelope."""
    envelope = _envelope(account)
    echo = envelope.open(
        query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", ""), query.get("echostr", "")
    )
    EnterpriseAccount.objects.update(callback_verified_at=Now())
    return echo


def receive(account: EnterpriseAccount, query: Mapping[str, str], body: bytes) -> None:
    """Store what came, once however often it comes, and ring. Raises BadEnvelope."""
    encrypted = _text_of(_parse(body), "Encrypt")
    signature, timestamp, nonce = (query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
    told = _told(_parse(_envelope(account).open(signature, timestamp, nonce, encrypted)))
    with transaction.atomic():
        event = CallbackEvent(digest=told.digest, kind=told.kind[:40], userid=told.userid[:64])
        CallbackEvent.objects.bulk_create([event], ignore_conflicts=True)
        ring(PROCESS)


def count_refusal(reason: str) -> None:
    """Anybody can be refused as often as they like: nothing is written but to the cache, and one line a minute."""
    cache.add(_REFUSED, 0, _A_WEEK)
    with suppress(ValueError):  # it was forgotten in this very moment
        cache.incr(_REFUSED)
    if cache.add(f"{_REFUSED}-logged", True, 60):
        log.warning("A callback was refused: %s (others within a minute are not logged)", reason)


def refused_lately() -> int:
    return cache.get(_REFUSED, 0)


def _envelope(account: EnterpriseAccount) -> Envelope:
    envelope = envelope_of(account)
    if envelope is None:
        raise BadEnvelope("not set up")
    return envelope


def _parse(data: bytes | str) -> Element:
    if len(data) > SHORT_FORM:
        raise BadEnvelope("size")
    try:
        return ElementTree.fromstring(data, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise BadEnvelope("XML") from None


def _text_of(root: Element, name: str) -> str:
    return (root.findtext(name) or "").strip()


def _told(root: Element) -> Told:
    """As the manual asks: messages are told apart by MsgId, events by sender, time and name (doc 90238)."""
    kind = _text_of(root, "Event") if _text_of(root, "MsgType") == "event" else MESSAGE
    if kind == CHANGE_CONTACT:
        kind = _text_of(root, "ChangeType") or kind
    userid = _text_of(root, "UserID") or _text_of(root, "FromUserName")
    marks = [
        _text_of(root, name) for name in ("MsgId", "FromUserName", "CreateTime", "Event", "ChangeType", "EventKey")
    ]
    return Told(kind, userid, hashlib.sha256("\0".join([*marks, userid]).encode()).hexdigest())


# --- in a worker ---


# An answer that had to wait for longer answers nothing any more; within it WeCom knows the very same bytes again.
ANSWERED_WITHIN = timedelta(hours=3)


def process() -> None:
    """Work on everything that came and was not worked on; any number of workers may."""
    for event in _to_work_on()[:500]:
        with transaction.atomic():
            if not CallbackEvent.objects.filter(pk=event.pk, processed_at=None).update(processed_at=Now()):
                continue
            if event.kind in ABOUT_A_MEMBER and event.userid:
                member_changed.send(CallbackEvent, userid=event.userid, kind=event.kind)
        if event.kind == MESSAGE and event.userid and event.received_at > timezone.now() - ANSWERED_WITHIN:
            _reply_once_a_day(event.userid)


def _to_work_on() -> CallbackEventQuerySet:
    """What came, oldest first; while nothing may leave, what would be answered waits."""
    waiting = CallbackEvent.objects.filter(processed_at=None).order_by("pk")
    if _sends_now():
        return waiting
    return waiting.exclude(kind=MESSAGE, received_at__gt=Now() - ANSWERED_WITHIN)


def _sends_now() -> bool:
    return EnterpriseAccount.objects.sending_allowed().exists() and not mark.held()


def _reply_once_a_day(userid: str) -> None:
    """Tell somebody who writes here that nobody reads it."""
    account = EnterpriseAccount.objects.the()
    if not account.is_linked or not _claim(userid):
        return
    try:
        application_client(account).send_message(text_body(account.agent_id, [userid], reply_text()))
    except WeComError as error:
        log.info("An automatic reply was not sent: %s", error)


def _claim(userid: str) -> bool:
    """Written down first, so that nobody is told twice: of two workers, the one who creates the row replies."""
    with transaction.atomic():
        if not mark.count():
            return False
        reply, is_first = AutoReply.objects.get_or_create(userid=userid.lower(), on=timezone.localdate())
    if is_first and not mark.write_down():
        reply.delete()
        return False
    return is_first


def reply_text() -> str:
    """The school's own sentence, or ours in every language: nothing tells here which one the person reads."""
    if own := value("reply_sentence"):
        return own
    sentences = in_each(
        lambda: _("Messages here are not read. Contact the school office: %(contact)s") % {"contact": office_contact()}
    )
    return "\n".join(dict.fromkeys(sentence for _code, _name, sentence in sentences))
