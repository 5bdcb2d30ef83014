"""The facts of a day about people: how far they have come with registering, and which pupils have an adult reached."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from portal.facts import charts
from portal.facts.counting import counted_daily
from portal.facts.models import DailyFact, monday_of, weeks
from portal.people.models import Person, pupils_here
from portal.people.roles import Role
from wechat_admin.models import EnterpriseAccount

from .cases import counted
from .models import Registration
from .overview import progress
from .overview.progress import Chosen, Progress
from .reached import with_gap

PREFIX = "people."


@counted_daily(PREFIX)
def write_down():
    """Today's. What a day was that nobody counted is not known, nor written."""
    DailyFact.objects.write({timezone.localdate(): count(EnterpriseAccount.objects.the())})


def count(account):
    """{name: number}; four queries, however many people there are."""
    states = progress.counts(Chosen(), account)
    numbers = {f"state.{state.value}": number for state, number in states.items()}
    for role, found in progress.counts_of_roles(account).items():
        numbers[f"{role.value}"] = sum(found.values())
        numbers[f"{role.value}.registered"] = found[Progress.REGISTERED]
    numbers |= {"roll": sum(states.values()), "registered": states[Progress.REGISTERED]}
    numbers["pupils.here"], numbers["pupils.reached"] = pupils_reached(account)
    numbers["on anothers record"] = counted.on_anothers_record(account)
    return {f"{PREFIX}{name}": number for name, number in numbers.items()}


def pupils_reached(account):
    """(pupils of the school, how many of them have an adult whom a message reaches)"""
    people = Person.objects.current()
    reached = people.filter(pk__in=Registration.objects.reachable(account).values("person"))
    pupils = with_gap(Person.objects.filter(pupils_here()), chosen=people.values("pk"), reached=reached.values("pk"))
    found = dict(pupils.order_by().values_list("gap").annotate(Count("pk")))
    return sum(found.values()), found.get(None, 0)


@dataclass
class Pictures:
    """What the dashboard shows of the people, as last counted."""

    day: object
    numbers: dict
    weeks: list  # [(Monday, numbers of the last day known of that week, or None)]

    @property
    def people(self):
        return charts.Ring(self.numbers.get("registered", 0), self.numbers.get("roll", 0))

    @property
    def pupils(self):
        return charts.Ring(self.numbers.get("pupils.reached", 0), self.numbers.get("pupils.here", 0))

    @property
    def by_role(self):
        roles = [(role.plural, role.value) for role in Role]
        return [(label, self.numbers.get(f"{name}.registered", 0), self.numbers.get(name, 0)) for label, name in roles]

    @property
    def way(self):
        return progress.funnel({state: self.numbers.get(f"state.{state.value}", 0) for state in Progress})

    @property
    def lines(self):
        """[(what the line is of, its pieces)]"""
        return [(name, charts.line([_share(week, *pair) for _day, week in self.weeks])) for name, pair in _LINES]

    @property
    def rows(self):
        """[(Monday, registered, roll, pupils reached, pupils)] of the weeks known, the latest first."""
        pairs = [name for _line, pair in _LINES for name in pair]
        return [(day, *(week.get(name, 0) for name in pairs)) for day, week in reversed(self.weeks) if week]


_LINES = [("people", ("registered", "roll")), ("pupils", ("pupils.reached", "pupils.here"))]


def _share(numbers, part, whole):
    return numbers[part] / numbers[whole] if numbers and numbers.get(whole) and part in numbers else None


def pictures():
    """Pictures, in one query; None before anything was counted."""
    mondays = weeks()
    days = DailyFact.objects.by_day(PREFIX, mondays[0])
    if not days:
        return None
    of_weeks = {monday_of(day): numbers for day, numbers in days.items()}  # the last day of a week wins
    return Pictures(max(days), days[max(days)], [(monday, of_weeks.get(monday)) for monday in mondays])
