"""Which messages: what anybody asks of them, as one condition each."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Now

from portal.people.models import User
from wechat_admin.models import EnterpriseAccount

from ..kinds import KINDS_WITH_A_FILE
from .states import OPEN, WAITING, MessageStatus, WhyPaused

if TYPE_CHECKING:
    from .message import Message  # noqa: F401 (named below in a string)

# What is uploaded before any of it goes: the file itself, or one that follows.
_HAS_MEDIA = Q(kind__in=KINDS_WITH_A_FILE) | Q(part_count__gt=1)


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> Self:
        """Their own; everybody's for holders of the option *Reports of all messages*."""
        return self if user.has_perm("messaging.report") else self.filter(author=user)

    def readable_by(self, user: User) -> Self:
        """Whose reports they may read: those, and what was sent and shared with them."""
        if user.has_perm("messaging.report"):
            return self
        shared = apps.get_model("messaging", "Share").objects.filter(user=user).values("message")
        return self.filter(Q(author=user) | Q(pk__in=shared) & ~Q(status=MessageStatus.DRAFT))

    def to_look_at(self, user: User) -> Self:
        """Whose people they may look at: of those they may read, and of those they may release or have released."""
        readable = self.readable_by(user)
        return readable | self.for_releaser(user) if user.has_perm("messaging.approve") else readable

    def for_releaser(self, user: User) -> Self:
        """What waits for a second person, and what this one has released, as it is or was, and is not at its end."""
        return self.to_release() | self.may_still_leave().filter(Q(released_by=user) | Q(was_released_by=user))

    def changeable(self) -> Self:
        """What waits for its time, or for a second person before that."""
        scheduled = Q(status=MessageStatus.SCHEDULED, start_at__gt=Now())
        return self.filter(scheduled | Q(status=MessageStatus.AWAITING))

    def listed(self) -> Self:
        """Without the tests somebody sent to themselves."""
        return self.filter(is_test=False)

    def claimable(self, account: EnterpriseAccount) -> Self:
        """Messages of this company and application whose batches may go out."""
        at_work = self.filter(status=MessageStatus.SENDING, cancel_requested_at=None, account_key=account.account_key)
        return at_work.filter(~_HAS_MEDIA | Q(media_until__gt=Now()))

    def to_upload(self, account: EnterpriseAccount) -> Self:
        """Messages at work whose attachment is not at WeCom, or not for long enough."""
        at_work = self.filter(status=MessageStatus.SENDING, cancel_requested_at=None, account_key=account.account_key)
        stale = at_work.filter(Q(media_until=None) | Q(media_until__lte=Now()))
        return stale.filter(_HAS_MEDIA).order_by("-urgent", "pk")

    def may_still_leave(self) -> Self:
        """Sent, scheduled or waiting for somebody: not a draft, and not ended."""
        ended = [MessageStatus.FINISHED, MessageStatus.CANCELLED]
        return self.exclude(status__in=[MessageStatus.DRAFT, *ended])

    def at_work(self) -> Self:
        """What somebody sent and is not at its end: it goes out, or is prepared, or paused."""
        return self.filter(status__in=[MessageStatus.PREPARING, MessageStatus.SENDING, MessageStatus.PAUSED])

    def to_prepare(self) -> Self:
        """Messages whose time to be frozen and sent has come."""
        return self.filter(status=MessageStatus.PREPARING, start_at__lte=Now())

    def counting(self, window: timedelta) -> Self:
        """Those that count among the messages somebody has had in the last minute, or hour (doc 90312)."""
        return self.filter(counts_until__gt=Now() - window)

    def to_release(self) -> Self:
        """Messages that wait for a second person: before they are frozen, or with their list frozen."""
        frozen = Q(status=MessageStatus.PAUSED, paused_reason=WhyPaused.SECOND_PERSON)
        return self.filter(Q(status=MessageStatus.AWAITING) | frozen, cancel_requested_at=None)

    def without_open_batches(self) -> Self:
        return self.alias(open=_first_batch(state__in=OPEN)).filter(open=None)

    def with_something_due(self) -> Self:
        return self.alias(due=_first_batch(state__in=WAITING, next_attempt_at__lte=Now())).exclude(due=None)

    def next_due(self) -> tuple[datetime, datetime] | None:
        """When the next batch of these is due that is not due yet, with `now` beside it, or None."""
        first = _first_batch("next_attempt_at", state__in=WAITING, next_attempt_at__gt=Now())
        soonest = self.annotate(due=first, now=Now()).exclude(due=None).order_by("due")
        return soonest.values_list("due", "now").first()


def _first_batch(field: str = "pk", **which: Any) -> Subquery:
    """Asked by the order of the index of open batches. As `Exists`, PostgreSQL reads a long message's batches one after
    the other until it meets one."""
    batches = apps.get_model("messaging", "Batch").objects.filter(message=OuterRef("pk"), **which)
    return Subquery(batches.order_by("next_attempt_at", "number").values(field)[:1])
