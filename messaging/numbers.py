"""The queue and what became of calls, for whoever watches the server."""

from datetime import timedelta

from django.db.models import Count, Min
from django.db.models.functions import Now
from django.utils import timezone

from portal.health.gauges import gauge, seconds

from .models import Attempt, Batch, Message

# The table has no order by time, and is long: of so many calls, the latest.
LOOKED_AT = 10_000


@gauge("messages", "Messages that have not ended, by where they are", "status")
def messages():
    states = [s for s in Message.Status if s not in (Message.Status.FINISHED, Message.Status.CANCELLED)]
    counted = Message.objects.filter(status__in=states).values_list("status").annotate(n=Count("pk"))
    return dict.fromkeys(map(str, states), 0) | dict(counted)


@gauge("batches", "Calls that have not ended, by where they are", "state")
def batches():
    counted = Batch.objects.open().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(map(str, Batch.OPEN), 0) | dict(counted)


@gauge("batch_oldest_due_seconds", "Since the call that waits longest might have been made")
def oldest():
    due = Batch.objects.due().aggregate(at=Min("next_attempt_at"))["at"]
    return 0 if due is None else seconds(timezone.now() - due)


@gauge("calls_of_the_last_hour", "Calls that sent messages, by what they came to (of the latest 10,000)", "outcome")
def calls():
    latest = Attempt.objects.order_by("-pk").values("pk")[:LOOKED_AT]
    lately = Attempt.objects.filter(pk__in=latest, at__gt=Now() - timedelta(hours=1)).order_by()
    return dict.fromkeys(Attempt.IN_WORDS, 0) | dict(lately.values_list("outcome").annotate(n=Count("pk")))
