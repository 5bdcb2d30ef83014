"""The facts of a day about messages: how many went out, and what became of the people they were for."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.facts import charts
from portal.facts.counting import counted_daily
from portal.facts.models import DailyFact, monday_of, weeks
from portal.tones import States, Tone

from .models import STATE_OF_BATCH, Batch, Delivery, Message, State

PREFIX = "messages."
# What became of the messages of so many days may still change; and so far back it is told when nothing is known yet.
OPEN_DAYS, FIRST_DAYS = 7, 26 * 7


class Outcome(States):
    """What the picture piles up, from below."""

    ACCEPTED = "accepted", Tone.OK, _("accepted by WeCom")
    WAITING = "waiting", Tone.INFO, _("waiting")
    UNKNOWN = "unknown", Tone.WARN, _("unknown")
    REFUSED = "refused", Tone.BAD, _("refused by WeCom")
    NOT_REACHED = "not_reached", _("not reached, or stopped")


_OUTCOMES = {
    State.ACCEPTED: Outcome.ACCEPTED,
    State.WAITING: Outcome.WAITING,
    State.UNKNOWN: Outcome.UNKNOWN,
    State.FAILED: Outcome.REFUSED,
    State.CANCELLED: Outcome.NOT_REACHED,
    Delivery.Problem.UNREACHABLE: Outcome.REFUSED,
    Delivery.Problem.UNLICENSED: Outcome.REFUSED,
}


@counted_daily(PREFIX)
def write_down():
    """Every day since the last one known, as the messages say that are kept; and the last days anew, as what became of
    their messages may have changed."""
    today, last = timezone.localdate(), DailyFact.objects.last_day(PREFIX)
    since = last - timedelta(days=OPEN_DAYS) if last else today - timedelta(days=FIRST_DAYS)
    found = count(since)
    days = [since + timedelta(days=number) for number in range((today - since).days + 1)]
    DailyFact.objects.write({day: _named(found[day]) for day in days})


def _named(numbers):
    """With every name there is: what was waiting yesterday waits no more."""
    return {f"{PREFIX}{name}": numbers[name] for name in ["sent", *Outcome.values]}


def count(since):
    """{day: Counter of "sent", and of people by Outcome}, of the days from `since` on; three queries."""
    midnight = timezone.make_aware(datetime.combine(since, time()))
    gone_out = Message.objects.listed().filter(~Q(frozen_digest="") | Q(final_counts__isnull=False))
    gone_out = gone_out.filter(start_at__gte=midnight)
    unfinished = _of_unfinished(gone_out.filter(final_counts__isnull=True))
    found: dict[date, Counter] = defaultdict(Counter)
    for pk, at, counts in gone_out.values_list("pk", "start_at", "final_counts"):
        numbers = found[timezone.localdate(at)]
        numbers["sent"] += 1
        for state, people in (unfinished[pk] if counts is None else counts).items():
            numbers[_OUTCOMES.get(state, Outcome.NOT_REACHED).value] += people
    return found


def _of_unfinished(messages):
    """{id: Counter of people by state}"""
    found: dict[int, Counter] = defaultdict(Counter)
    these = messages.values("pk")
    batches = Batch.objects.filter(message__in=these, part_number=1).values_list("message", "state")
    for pk, state, people, problems in batches.annotate(Sum("size"), Sum("problems")):
        found[pk][STATE_OF_BATCH[state]] += people - problems
    problems = Delivery.objects.filter(message__in=these).exclude(problem=None).values_list("message", "problem")
    for pk, problem, people in problems.annotate(Count("pk")):
        found[pk][problem] += people
    return found


@dataclass
class Weeks:
    """What became of the people of each week's messages."""

    rows: list  # [(Monday, messages, [(Outcome, people)])], the latest first

    outcomes = list(Outcome)

    @property
    def blocks(self):
        return charts.stacks([{o.tone.value: n for o, n in people} for _day, _sent, people in self.rows[::-1]])


def by_week():
    """Weeks, in one query; None where nothing has gone out in them."""
    mondays = weeks()
    found: dict[date, Counter] = {monday: Counter() for monday in mondays}
    for day, numbers in DailyFact.objects.by_day(PREFIX, mondays[0]).items():
        found[monday_of(day)].update(numbers)
    rows = [(monday, n["sent"], [(o, n[o.value]) for o in Outcome]) for monday, n in reversed(found.items())]
    return Weeks(rows) if any(sent for _day, sent, _people in rows) else None
