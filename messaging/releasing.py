"""What lets a message go: whom its sender may write to, when a second person must release it, and Send itself."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.access.models import Profile
from portal.audit.actions import record
from portal.doorbell import ring
from portal.people.models import Person, User
from portal.school.table import value

from .audience.people import people_of
from .errors import MessageRefused
from .models import Message
from .sending.pace import PACE
from .tasks import PUMP

# --- limits of a sender ---


def own_people(user):
    """Whom somebody limited to their own groups may write to, as a queryset; None for everybody else."""
    is_limited = Profile.objects.is_limited(user, "messaging.write", "messaging.own_groups")
    return _people_around(user) if is_limited else None


def _people_around(user):
    return Person.objects.around(getattr(user, "person", None))


def beyond(rule, account, user):
    """Why somebody limited to their own groups may not write to these people, in a sentence, or None."""
    own = own_people(user)
    if own is None or not _has_others(rule, account, own):
        return None
    return _(
        "You may write to your own groups only: some of these people belong to none of them. Choose among your groups."
    )


def is_outside(message):
    """Whether it goes to somebody who belongs to none of its author's groups."""
    return _has_others(message.audience, message.account, _people_around(message.author))


def _has_others(rule, account, people):
    return people_of(rule, account).exclude(pk__in=people.values("pk")).exists()


def why_approval(message, count):
    """Why a second person must release the message, in a sentence, or None."""
    if message.urgent:
        return _("It is urgent.")
    if value("approval_outside_groups") and is_outside(message):
        return _("Some of the people belong to none of the sender's groups.")
    most = value("approval_above")
    if most and count > most:
        return _("It goes to more than %(most)s people.") % {"most": number_format(most, force_grouping=True)}
    return None


def somebody_else_may_release(user):
    """Whether anybody but this one holds the option to release messages."""
    holders = User.objects.filter(is_active=True, groups__profile__in=Profile.objects.holding("messaging.approve"))
    return holders.exclude(pk=user.pk).exists()


# --- verbs ---


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
    if sentence := beyond(message.audience, account, by):
        raise MessageRefused(sentence)
    status, start_at = start_for(message)
    if why_approval(message, shown_count):
        status = Message.Status.AWAITING
    sent = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT, version=version).update(
        status=status,
        account_key=account.account_key,
        shown_count=shown_count,
        shown_digest=shown_digest,
        sent_at=Now(),
        start_at=start_at,
        released_by=None,
        released_at=None,
    )
    if sent:
        act = (
            gettext_noop("asked for approval") if status == Message.Status.AWAITING else gettext_noop("sent a message")
        )
        record(act, by=by, subject=f"message {message.pk}", people=shown_count)
        ring(PUMP)
    return bool(sent)


@transaction.atomic
def release(*, message, version, shown_count, shown_digest, by):
    """A second person releases exactly this text and list. Returns whether there was still something to release."""
    if message.author == by:
        raise MessageRefused(_("Somebody else must release your message."))
    status, start_at = start_for(message)
    waiting = Message.objects.filter(pk=message.pk, status=Message.Status.AWAITING, version=version).exclude(author=by)
    released = waiting.update(
        status=status,
        start_at=start_at,
        shown_count=shown_count,
        shown_digest=shown_digest,
        released_by=by,
        released_at=Now(),
    )
    if released:
        record(gettext_noop("released a message"), by=by, subject=f"message {message.pk}", people=shown_count)
        ring(PUMP)
    return bool(released)


@transaction.atomic
def send_back(*, message, note, by):
    """The second person wants it changed: it is a draft again, with what they said."""
    back = Message.objects.filter(pk=message.pk, status=Message.Status.AWAITING).update(
        status=Message.Status.DRAFT, version=F("version") + 1, sent_back_note=note[:300], sent_at=None
    )
    if back:
        record(gettext_noop("sent a message back"), by=by, subject=f"message {message.pk}")
    return bool(back)


@transaction.atomic
def take_back(*, message, by):
    """Undo: what has not started is a draft again, as if nothing had been pressed. Returns whether it was in time."""
    in_time = Q(status=Message.Status.PREPARING, start_at__gt=Now())
    waiting = Q(status__in=[Message.Status.AWAITING, Message.Status.SCHEDULED])
    missed = Q(status=Message.Status.PAUSED, frozen_digest="")
    back = Message.objects.filter(in_time | waiting | missed, pk=message.pk).update(
        status=Message.Status.DRAFT,
        version=F("version") + 1,
        sent_at=None,
        released_by=None,
        released_at=None,
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
