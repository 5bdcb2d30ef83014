"""What lets a message go, and takes it back: Send, and the second person who releases it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.school.table import value

from . import judgement
from .audience.people import digest_of_ids, people_of
from .errors import MessageRefused
from .models import Message
from .sending.pace import PACE
from .tasks import PUMP
from .writing.lengths import too_long_for, why_too_long

_NOT_RELEASED = {
    "released_by": None,
    "released_at": None,
    "released_digest": "",
    "released_content": "",
    "released_for": None,
}


def start_for(message):
    """When it goes out once nobody has anything against it any more: some seconds from now, or as the sender wished."""
    if message.wanted_at is None or message.wanted_at <= timezone.now():
        return Message.Status.PREPARING, timezone.now() + PACE.undo(value("undo_seconds"))
    moved = message.wanted_at
    if moved.minute in (0, 30) and value("off_the_hour") and not message.urgent:
        moved += timedelta(minutes=2 + message.pk % 6)
    return Message.Status.SCHEDULED, moved


@transaction.atomic
def send(*, message, version, shown_count, shown_digest, by):
    """Send the message as it was shown. Returns whether this press did it: the second of two finds it sent.

    It starts after the seconds in which that can be undone, or as scheduled; where a second person must release it,
    it waits for them. Raises MessageRefused where it cannot go out at all.
    """
    account = message.account
    if not account.is_linked:
        raise MessageRefused(_("The school's Enterprise Account is not linked, so nothing can be sent."))
    if missing := message.what_is_missing:
        raise MessageRefused(missing)
    if message.wanted_at is not None and message.wanted_at <= timezone.now():
        raise MessageRefused(_("The time to send has passed. Choose another one, or send now."))
    if sentence := judgement.beyond(message.audience, account, by):
        raise MessageRefused(sentence)
    rule = judgement.written_down(message.audience)
    people = people_of(rule, account)
    reached = judgement.reached_by(rule, account)
    if too_long := too_long_for(message, people):
        raise MessageRefused(why_too_long(message, len(too_long)))
    status, start_at = start_for(message)
    decided = {"shown_count": shown_count, "shown_digest": shown_digest} | _NOT_RELEASED
    if _is_still_released(message, rule, people, reached, by):
        decided = {}  # the same for another time
    elif judgement.why_approval(message, max(shown_count, len(reached)), people, by):
        status = Message.Status.AWAITING
    sent = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT, version=version).update(
        status=status,
        account_key=account.account_key,
        sent_at=Now(),
        sent_by=by,
        sent_rule=rule,
        start_at=start_at,
        **decided,
    )
    if sent:
        _keep_and_tell(message, reached, status, decided, shown_count, by)
    return bool(sent)


def _is_still_released(message, rule, people, reached, by):
    """Whether a second person released exactly this before it was taken back to move its time."""
    if message.released_by is None or message.released_by in (by, message.saved_by):
        return False
    is_the_same = message.released_content == judgement.content_of(message, rule)
    return is_the_same and not judgement.has_grown(message, people, reached)


def _keep_and_tell(message, reached, status, decided, people, by):
    if decided and message.wanted_at is not None:
        judgement.decide_about(message, reached)
    if not decided:
        act = gettext_noop("sent a released message at another time")
    elif status == Message.Status.AWAITING:
        act = gettext_noop("asked for approval")
    else:
        act = gettext_noop("sent a message")
    written = {} if message.saved_by in (None, by) else {"written_by": str(message.saved_by)}
    released = {} if decided else {"released_by": str(message.released_by)}
    record(act, by=by, subject=f"message {message.pk}", people=people, **written, **released)
    ring(PUMP)


@transaction.atomic
def release(*, message, version, shown_count, shown_digest, by):
    """A second person releases exactly this text and list. Returns whether there was still something to release."""
    if sentence := judgement.why_not_release(message, by):
        raise MessageRefused(sentence)
    waiting = Message.objects.to_release().filter(pk=message.pk, status=message.status, version=version)
    waiting = waiting.exclude(author=by).exclude(sent_by=by).exclude(saved_by=by)
    released = {
        "released_by": by,
        "released_at": Now(),
        "released_digest": shown_digest,
        "released_content": judgement.content_of(message, message.rule),
        "released_for": message.wanted_at,
    }
    if message.is_frozen:
        # Exactly these rows: nothing is frozen again.
        going = waiting.filter(frozen_digest=shown_digest)
        is_released = going.update(status=Message.Status.SENDING, paused_reason="", **released)
    else:
        is_released = _release_the_rule(message, waiting, shown_count, shown_digest, released)
    if is_released:
        people = {"written_by": str(message.saved_by or message.author), "sent_by": str(message.sender)}
        record(gettext_noop("released a message"), by=by, subject=f"message {message.pk}", people=shown_count, **people)
        ring(PUMP)
    return bool(is_released)


def _release_the_rule(message, waiting, shown_count, shown_digest, released):
    reached = judgement.reached_by(message.rule, message.account)
    if digest_of_ids(reached) != shown_digest:
        raise MessageRefused(_("The list of people has changed since you looked. Look at it again."))
    status, start_at = start_for(message)
    shown = {"shown_count": shown_count, "shown_digest": shown_digest}
    is_released = waiting.update(status=status, start_at=start_at, **shown, **released)
    if is_released:
        judgement.decide_about(message, reached)
    return is_released


@transaction.atomic
def send_back(*, message, note, by):
    """The second person wants it changed: it is a draft again, with what they said."""
    back = Message.objects.filter(pk=message.pk, status=Message.Status.AWAITING).update(
        status=Message.Status.DRAFT, version=F("version") + 1, sent_back_note=note[:300], sent_at=None, sent_rule=None
    )
    if back:
        record(gettext_noop("sent a message back"), by=by, subject=f"message {message.pk}")
    return bool(back)


@transaction.atomic
def take_back(*, message, by):
    """Undo: what has not started is a draft again, as if nothing had been pressed. Returns whether it was in time.

    Who released it stays written: it counts again where nothing but the time is changed.
    """
    in_time = Q(status=Message.Status.PREPARING, start_at__gt=Now())
    waiting = Q(status__in=[Message.Status.AWAITING, Message.Status.SCHEDULED])
    missed = Q(status=Message.Status.PAUSED, frozen_digest="")
    back = Message.objects.filter(in_time | waiting | missed, pk=message.pk).update(
        status=Message.Status.DRAFT,
        version=F("version") + 1,
        sent_at=None,
        sent_rule=None,
        paused_reason="",
        cancel_requested_at=None,
    )
    if back:
        record(gettext_noop("took a message back"), by=by, subject=f"message {message.pk}")
    return bool(back)


@transaction.atomic
def start_now(*, message, by):
    """Do not wait for the seconds to pass."""
    if Message.objects.filter(pk=message.pk, status=Message.Status.PREPARING).update(start_at=Now()):
        ring(PUMP)
