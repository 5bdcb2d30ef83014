"""Reach by pupil: of the pupils whose contacts a message is for, which have an adult who gets it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from django.db import connection
from django.db.models import BooleanField, CharField, Count, ExpressionWrapper, F, Q, QuerySet, Value

from portal.people.models import Person, Relationship, pupils_here
from portal.people.models.person import PersonQuerySet
from registration.reached import Gap, with_gap

from ..models import Message, PupilMissed
from ..models.rule import Rule
from .people import people_of
from .rule import pupils_whose_contacts_are_chosen

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from .people import Chosen

    class _Gap(TypedDict):
        gap: str | None

    Missed = WithAnnotations[Person, _Gap]  # a pupil, with why no adult gets it


@dataclass
class PupilReach:
    """How many pupils, by gap, of those whose names somebody may read."""

    counts: Counter = field(default_factory=Counter)  # {Gap, or None of those with an adult who gets it: pupils}
    outside: int = 0  # how many more there are, of whom somebody limited to their own groups reads nothing else

    @property
    def pupils(self) -> int:
        return self.counts.total()

    @property
    def reached(self) -> int:
        return self.counts[None]

    @property
    def missed(self) -> int:
        return self.pupils - self.reached

    @property
    def gaps(self) -> list[tuple[Gap, int]]:
        return [(gap, self.counts[gap]) for gap in Gap if self.counts[gap]]


def gaps_of(rule: Rule, people: "QuerySet[Chosen]") -> "QuerySet[Missed] | None":
    """The pupils of a rule, annotated with their `gap`; None where it is not for the contacts of pupils.

    `people` are those of the rule with their `problem` (people.py).
    """
    meant = pupils_whose_contacts_are_chosen(rule)
    if meant is None:
        return None
    reached = people.filter(problem=None).values("pk")
    return with_gap(Person.objects.filter(meant), chosen=people.values("pk"), reached=reached)


def reach_by_pupil(
    message: Message, people: "QuerySet[Chosen] | None" = None, own: PersonQuerySet | None = None
) -> PupilReach | None:
    """PupilReach of a message, or None; of a frozen one as it was when its list was frozen."""
    if message.is_frozen:
        return None if message.pupils is None else _kept(message, own)
    return reach_of_pupils(message.rule, people_of(message.rule, message.account) if people is None else people, own)


def reach_of_pupils(rule: Rule, people: "QuerySet[Chosen]", own: PersonQuerySet | None = None) -> PupilReach | None:
    """PupilReach of a rule and its people (with their problem), or None; one query."""
    gaps = gaps_of(rule, people)
    if gaps is None:
        return None
    reach = PupilReach()
    is_own = Value(True) if own is None else ExpressionWrapper(Q(pk__in=own.values("pk")), BooleanField())
    groups = gaps.annotate(is_own=is_own).order_by().values_list("gap", "is_own")
    for gap, may_read, number in groups.annotate(Count("pk")):
        if may_read:
            reach.counts[gap] += number
        else:
            reach.outside += number
    return reach


def _kept(message: Message, own: PersonQuerySet | None) -> PupilReach:
    reach = PupilReach()
    rows = message.pupils_missed.order_by()
    shown = rows if own is None else rows.filter(pupil__in=own.values("pk"))
    reach.counts.update(dict(shown.values_list("gap").annotate(Count("pk"))))
    missed = reach.counts.total()
    if own is not None:
        reach.outside = rows.count() - missed
    reach.counts[None] = (message.pupils or 0) - missed - reach.outside
    return reach


def missed_pupils(message: Message) -> "QuerySet[Missed]":
    """Those without an adult who gets it, each with their `gap`."""
    if message.is_frozen:
        return Person.everybody.filter(missed_in__message=message).annotate(gap=F("missed_in__gap"))
    gaps = gaps_of(message.rule, people_of(message.rule, message.account))
    # Whoever asks for one gap of them asks it of nobody, too.
    nobody = Person.objects.annotate(gap=Value(None, CharField(null=True))).none()
    return nobody if gaps is None else gaps.exclude(gap=None)


def keep(message: Message) -> None:
    """Write down, of a list that has just been frozen, which pupils have no adult on it who gets it."""
    meant = pupils_whose_contacts_are_chosen(message.rule)
    if meant is None:
        return
    listed = message.deliveries.values("person")
    pupils = Person.objects.filter(meant).order_by()
    gaps = with_gap(pupils, chosen=listed, reached=listed.filter(problem=None)).exclude(gap=None)
    select, parameters = gaps.annotate(pupil_id=F("pk")).values("pupil_id", "gap").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {PupilMissed._meta.db_table} (message_id, pupil_id, gap)
            SELECT {int(message.pk)}, pupil_id, gap FROM ({select}) AS missed
            """,
            parameters,
        )
    Message.objects.filter(pk=message.pk).update(pupils=pupils.count())


def contacts_to_register(pupils: "QuerySet[Missed]") -> PersonQuerySet:
    """Of pupils with their `gap`: the adults by whose registering those get one whom none of theirs can be reached."""
    # Their numbers: inside what is asked of those people, subqueries this deep overflow the parser of SQLite.
    missed = list(pupils.filter(gap=Gap.NOT_REACHED).values_list("pk", flat=True))
    links = Relationship.objects.current().may_receive().filter(pupil__in=missed)
    return Person.objects.contacts_in(links).exclude(pupils_here())
