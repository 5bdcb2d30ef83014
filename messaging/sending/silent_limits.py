"""What WeCom drops without a word: beyond 30 messages a minute or 1,000 an hour to one person (doc 90312)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta
from itertools import accumulate

from django.db.models import Exists, OuterRef, Q, Sum
from django.db.models.functions import Lower, Now

from ..models import Attempt, Batch, Delivery, Message

SILENT_LIMITS = [(timedelta(minutes=1), 29), (timedelta(hours=1), 999)]


def how_many(messages: Mapping[int, int]) -> int:
    """So many of these {key: how many parts} may go without looking at single people: a person gets each part of a
    message once, so with no more parts than the limit nobody can be over it."""
    others = Message.objects.exclude(pk__in=messages).counting(max(window for window, _most in SILENT_LIMITS))
    lately = [Sum("part_count", filter=Q(counts_until__gt=Now() - window), default=0) for window, _ in SILENT_LIMITS]
    counted = others.aggregate(**{str(number): parts for number, parts in enumerate(lately)})
    left = min(most - had for (_window, most), had in zip(SILENT_LIMITS, counted.values(), strict=True))
    return sum(together <= left for together in accumulate(messages.values()))


def without_those_dropped(batches: list[int], limit: int) -> list[int]:
    """Of these keys, in their order, up to `limit` of which nobody has had as many messages as WeCom lets through.

    Four statements, however many they are, and one for each call of a later part; those chosen before count for those behind them.
    """
    people = defaultdict(list)
    members = Delivery.objects.filter(batch__in=batches, problem=None).annotate(key=Lower("userid"))
    for batch, key in members.values_list("batch_id", "key"):
        people[batch].append(key)
    which = Q(key__in=members.values("key"))
    for later in Batch.objects.filter(pk__in=batches, part_number__gt=1).select_related("span"):
        people[later.pk] = list(later.people.annotate(key=Lower("userid")).values_list("key", flat=True))
        which |= Q(key__in=people[later.pk])
    had = [(_had(batches, which, window), most) for window, most in SILENT_LIMITS]
    chosen: list[int] = []
    for batch in batches:
        if len(chosen) < limit and all(lately[key] < most for lately, most in had for key in people[batch]):
            chosen.append(batch)
            for lately, _ in had:
                lately.update(people[batch])
    return chosen


def _had(batches: list[int], which: Q, window: timedelta) -> Counter[str]:
    """{member: how many messages are in the air to them or were answered in this time}, of these members.

    Of a message of several parts each counts, for as long as it counts at all: when each went to whom is not looked up.
    """
    answered = Attempt.objects.filter(batch=OuterRef("batch"), at__gt=Now() - window)
    theirs = (
        Delivery.objects.filter(problem=None, message__in=Message.objects.counting(window))
        .filter(Q(message__part_count__gt=1) | Q(batch__state=Batch.State.IN_FLIGHT) | Exists(answered))
        .exclude(batch__in=batches)
        .annotate(key=Lower("userid"))
        .filter(which)
    )
    return Counter(dict(theirs.values("key").annotate(n=Sum("message__part_count")).values_list("key", "n")))
