"""What keeps every message moving whatever died: see docs/sending.md."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from portal.doorbell import ring
from portal.periodic import every
from portal.school.table import value
from wechat_admin.models import EnterpriseAccount

from .models import Batch, Message, SavedAudience, Template
from .sending.following import go_on
from .sending.pace import PACE
from .sending.settle import finish
from .tasks import PUMP, RECALL


@every(PACE.sweep.total_seconds())
def sweep() -> None:
    start_the_scheduled()
    doubt_lost_batches()
    close_what_may_not_go_again()
    go_on(_messages_at_work().filter(part_count__gt=1))
    finish(list(_messages_at_work()))
    ring_if_something_is_due()


@every(60)
def forget_deleted() -> None:
    for model in (Message, Template, SavedAudience):
        model.forget_deleted()


def start_the_scheduled() -> None:
    """Scheduled messages whose time has come; what is too late waits for a person."""
    due = Message.objects.filter(status=Message.Status.SCHEDULED, start_at__lte=Now())
    lateness = timedelta(minutes=value("lateness_minutes"))
    due.filter(start_at__lt=Now() - lateness).update(
        status=Message.Status.PAUSED, paused_reason=Message.PausedReason.MISSED
    )
    due.update(status=Message.Status.PREPARING)


def _messages_at_work() -> QuerySet[Message, int]:
    at_work = [Message.Status.SENDING, Message.Status.PAUSED]
    return Message.objects.filter(status__in=at_work).values_list("pk", flat=True)


def doubt_lost_batches() -> None:
    """A lease that is over: its worker died or hangs, and the call may have left. It is due still, as it was."""
    lost = Batch.objects.filter(state=Batch.State.IN_FLIGHT, lease_until__lt=Now())
    lost.update(state=Batch.State.UNCERTAIN, maybe_sent=True, lease=None, lease_until=None)


def close_what_may_not_go_again() -> None:
    """Uncertain batches past the time WeCom remembers, and whatever is left of messages that were stopped
    or belong to another company than the one linked now."""
    account = EnterpriseAccount.objects.the()
    ended = Message.objects.filter(
        Q(cancel_requested_at__isnull=False) | ~Q(account_key=account.account_key),
        pk=OuterRef("message_id"),
        status__in=[Message.Status.SENDING, Message.Status.PAUSED],
    )
    uncertain = Batch.objects.filter(state=Batch.State.UNCERTAIN)
    too_late = Q(first_attempt_at__lte=Now() - PACE.replay_window)
    uncertain.filter(too_late | Q(Exists(ended))).update(state=Batch.State.UNKNOWN)
    Batch.objects.filter(Exists(ended), state=Batch.State.READY).update(state=Batch.State.CANCELLED)


def ring_if_something_is_due() -> None:
    at_work = Message.objects.filter(status=Message.Status.SENDING)
    if Message.objects.to_prepare().exists() or at_work.with_something_due().exists():
        ring(PUMP)
    if Batch.objects.filter(recall_at__lte=Now()).exists():
        ring(RECALL)
