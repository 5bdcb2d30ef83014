"""What lets a message go, and takes it back: Send, and the second person who releases it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.notices.looking import look_soon
from portal.people.models import User
from portal.school.table import value
from portal.seals import CHANGED

from . import judgement
from .audience.deleted import why_not_sent
from .audience.digest import digest_of_ids
from .audience.people import people_of
from .errors import MessageRefused
from .models import Attachment, Message
from .models.message_queryset import MessageQuerySet
from .models.rule import Rule
from .notices import OF_A_RELEASE
from .sending.pace import PACE
from .tasks import PUMP

if TYPE_CHECKING:
    from .audience.people import Chosen

NOT_RELEASED = {
    "released_by": None,
    "released_at": None,
    "released_digest": "",
    "released_content": "",
    "released_for": None,
    "was_released_by": Coalesce("released_by", "was_released_by"),
}
TOO_LATE = gettext_lazy(
    "What this was to change has begun to go out, was changed or taken back meanwhile, or is not yours to change any "
    "more. Nothing of it is changed."
)


def start_for(message: Message) -> tuple[str, datetime]:
    """When it goes out once nobody has anything against it any more: some seconds from now, or as the sender wished."""
    if message.wanted_at is None or message.wanted_at <= timezone.now():
        return Message.Status.PREPARING, timezone.now() + PACE.undo(value("undo_seconds"))
    return Message.Status.SCHEDULED, message.wanted_at


@transaction.atomic
def send(*, message: Message, version: int, shown_count: int, shown_digest: str, by: User) -> bool:
    """Send the message as it was shown. Returns whether this press did it: the second of two finds it sent.

    It starts after the seconds in which that can be undone, or as scheduled; where a second person must release it,
    it waits for them. The draft of a change goes into the place of what it changes. Raises MessageRefused where it
    cannot go out at all.
    """
    account = message.account
    if not account.is_linked:
        raise MessageRefused(account.why_not_linked)
    if missing := message.what_is_missing:
        raise MessageRefused(missing)
    if message.wanted_at is not None and message.wanted_at <= timezone.now():
        raise MessageRefused(_("The time to send has passed. Choose another one, or send now."))
    if sentence := why_not_sent(message.audience) or judgement.beyond(message.audience, account, by):
        raise MessageRefused(sentence)
    rule = judgement.written_down(message.audience)
    status, start_at = start_for(message)
    decided = {"shown_count": shown_count, "shown_digest": shown_digest} | NOT_RELEASED
    people = people_of(rule, account)
    if _is_still_released(message, rule, people, by):
        decided = {}  # the same for another time
    elif _needs_a_second_person(message, shown_count, people, by):
        status = Message.Status.AWAITING
    drafts = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT, version=version)
    values = {
        "status": status,
        "account_key": account.account_key,
        "sent_at": Now(),
        "sent_by": by,
        "sent_rule": rule,
        "start_at": start_at,
    } | decided
    sent = _put_in_place(drafts, values, by) if message.is_a_change else drafts.update(**values)
    if sent:
        _keep_and_tell(message, people, status, decided, shown_count, by)
    return bool(sent)


def _put_in_place(drafts: MessageQuerySet, values: dict[str, Any], by: User) -> bool:
    """What waits says from now on what the draft of its change says, under its own number.

    Asked anew is whether it is theirs to change: whoever began that may have lost the right to others' messages since.
    """
    draft = drafts.select_for_update().first()
    if draft is None:
        return False
    written = (*Message.SAID, "part_count", "urgent", "wanted_at", "saved_by", "saved_at")
    values = {name: getattr(draft, name) for name in written} | values
    as_it_was = {"pk": draft.changes_id, "version": draft.changes_version}
    waiting = Message.objects.visible_to(by).changeable().filter(**as_it_was)
    if not waiting.update(version=F("version") + 1, **values):
        raise MessageRefused(str(TOO_LATE))
    Attachment.objects.filter(message=draft.changes_id).delete()
    draft.attachments.update(message=draft.changes_id)
    draft.delete()
    return True


def _needs_a_second_person(message: Message, shown_count: int, people: "QuerySet[Chosen]", by: User) -> bool:
    """By the number on the page, and by the rule; the list it comes to is judged when it is frozen."""
    if judgement.why_approval(message, shown_count, people, by):
        return True
    return judgement.has_grown_past_the_limit(shown_count, people)


def _is_still_released(message: Message, rule: Rule, people: "QuerySet[Chosen]", by: User) -> bool:
    """Whether a second person released exactly this before it was taken back, or changed, to move its time."""
    released = message.changes or message
    if released.released_by is None or released.released_by in (by, message.saved_by):
        return False
    if released.released_content != judgement.content_of(message, rule):
        return False
    return not judgement.has_grown(released, people, judgement.reached_among(people))


def _keep_and_tell(
    message: Message, people: "QuerySet[Chosen]", status: str, decided: dict[str, Any], shown_count: int, by: User
) -> None:
    sent = message.changes or message
    if decided and message.wanted_at is not None:
        judgement.decide_about(sent, judgement.reached_among(people))
    if message.changes:
        act = gettext_noop("changed a message before its time")
    elif not decided:
        act = gettext_noop("sent a released message at another time")
    elif status == Message.Status.AWAITING:
        act = gettext_noop("asked for release")
    else:
        act = gettext_noop("sent a message")
    written: dict[str, Any] = {} if message.saved_by in (None, by) else {"written_by": message.saved_by}
    if sent.released_by and (message.changes or not decided):
        written["released_by"] = sent.released_by
    record(act, by=by, subject=sent, people=shown_count, **written)
    ring(PUMP)
    look_soon(*OF_A_RELEASE)


@transaction.atomic
def release(*, message: Message, version: int, shown_count: int, shown_digest: str, by: User) -> bool:
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
        "was_released_by": None,
    }
    if message.is_frozen:
        # Exactly these rows: nothing is frozen again.
        going = waiting.filter(frozen_digest=shown_digest)
        is_released = going.update(status=Message.Status.SENDING, paused_reason="", **released)
    else:
        is_released = _release_the_rule(message, waiting, shown_count, shown_digest, released)
    if is_released:
        people: dict[str, Any] = {"written_by": message.saved_by or message.author, "sent_by": message.sender}
        record(gettext_noop("released a message"), by=by, subject=message, people=shown_count, **people)
        ring(PUMP)
        look_soon(*OF_A_RELEASE)
    return bool(is_released)


def _release_the_rule(
    message: Message, waiting: MessageQuerySet, shown_count: int, shown_digest: str, released: dict[str, Any]
) -> bool:
    reached = judgement.reached_among(people_of(message.rule, message.account))
    if digest_of_ids(reached) != shown_digest:
        raise MessageRefused(_("The list of people has changed since you looked. Look at it again."))
    status, start_at = start_for(message)
    shown = {"shown_count": shown_count, "shown_digest": shown_digest}
    is_released = bool(waiting.update(status=status, start_at=start_at, **shown, **released))
    if is_released:
        judgement.decide_about(message, reached)
    return is_released


@transaction.atomic
def send_back(*, message: Message, version: int, note: str, by: User) -> bool:
    """The second person wants changed what they read: it is a draft again, with what they said."""
    back = Message.objects.filter(pk=message.pk, status=Message.Status.AWAITING, version=version).update(
        status=Message.Status.DRAFT,
        version=F("version") + 1,
        sent_back_note=note[:300] or "–",
        sent_at=None,
        sent_rule=None,
    )
    if back:
        record(gettext_noop("sent a message back"), by=by, subject=message)
        look_soon(*OF_A_RELEASE)
    return bool(back)


@transaction.atomic
def take_back(*, message: Message, by: User) -> bool:
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
        record(gettext_noop("took a message back"), by=by, subject=message)
        look_soon(*OF_A_RELEASE)
    return bool(back)


@transaction.atomic
def move(*, message: Message, version: int, to: datetime, by: User) -> bool:
    """Another time; what it says, to whom, and who released it stay. Returns whether it was in time, and as was shown.

    The version is another afterwards: of two who move it at once the second finds it moved.
    """
    in_time = ~Q(status=Message.Status.SCHEDULED) | Q(start_at__gt=Now())
    waiting = Message.objects.filter(in_time, pk=message.pk, version=version, status__in=Message.BEFORE_ITS_TIME)
    moved = waiting.exclude(wanted_at=None).update(
        version=F("version") + 1,
        wanted_at=to,
        start_at=Case(When(status=Message.Status.SCHEDULED, then=to), default=F("start_at")),
        # Whoever released it and moves it themselves has released it for this time, too.
        released_for=Case(When(released_by=by, then=to), default=F("released_for")),
    )
    if moved and not message.is_draft:
        released: dict[str, Any] = {"released_by": message.released_by} if message.released_by else {}
        time = f"{timezone.localtime(to):%Y-%m-%d %H:%M}"
        record(gettext_noop("moved a message to another time"), by=by, subject=message, time=time, **released)
        look_soon(*OF_A_RELEASE)
    return bool(moved)


@transaction.atomic
def start_now(*, message: Message, by: User, shown: str | None = None) -> None:
    """Do not wait for the seconds to pass. Raises MessageRefused where it is not as a page showed it any more."""
    held = Message.objects.select_for_update().filter(pk=message.pk, status=Message.Status.PREPARING).first()
    if held is None:
        return
    check_is_as_shown(held, shown)
    Message.objects.filter(pk=held.pk).update(start_at=Now())
    ring(PUMP)


def check_is_as_shown(message: Message, shown: str | None) -> None:
    """`shown` is the `shown_state` of the page whose button was pressed; None where there was no page."""
    if shown not in (None, message.shown_state):
        raise MessageRefused(str(CHANGED))
