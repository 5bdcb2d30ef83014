"""A rule turned into one query over people, with what keeps each from being reached."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from django.db.models import BooleanField, Case, CharField, Count, ExpressionWrapper, F, Q, QuerySet, Value, When

from portal.people.models import Person, has_left, is_forbidden
from portal.people.models.person import PersonQuerySet
from portal.people.references import find_in
from portal.school.table import value
from registration.models import with_registrations
from wechat_admin.models import EnterpriseAccount

from ..models import Delivery
from ..models.rule import Rule
from ..routes import Route, member
from .digest import Digest, sums_of
from .rule import clauses_of

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Reached(TypedDict):
        problem: str | None
        userid: str | None

    Chosen = WithAnnotations[Person, _Reached]  # somebody of a rule, with what keeps a message from them

Problem = Delivery.Problem


def people_of(rule: Rule, account: EnterpriseAccount, route: Route = member) -> "QuerySet[Chosen]":
    """The people of the rule as a queryset, each once, annotated with

    `problem`: what keeps a message from reaching them (a Delivery.Problem), or NULL;
    `userid`: their member at WeCom, or NULL; meant where there is no problem.
    """
    chosen, barred = clauses_of(rule.get("include", []), account)
    if rule.get("exclude"):
        chosen &= ~clauses_of(rule["exclude"], account)[0]
    reached = route.is_reached()
    problem = Case(
        When(has_left(), then=Value(Problem.LEFT)),
        # Who may not is asked of those of whom anybody said so, few as they are: clauses cost as much as the whole list.
        When(is_forbidden() & barred, then=Value(Problem.MAY_NOT_RECEIVE)),
        *_trial(reached),
        When(reached, then=Value(None)),
        *route.obstacles(account),
        default=Value(Problem.NOT_REGISTERED),
        output_field=CharField(null=True),
    )
    people = route.joined(with_registrations(Person.objects.order_by(), account), account)
    return people.filter(chosen).annotate(problem=problem, userid=F(route.USERID))


def _trial(reached: Q) -> list[When]:
    """While the school tries out, nobody but the testers it named receives anything."""
    if not value("trial"):
        return []
    testers = find_in(value("testers")).people
    return [When(reached & ~Q(pk__in=testers), then=Value(Problem.NO_TESTER))]


def reach_of(rule: Rule, account: EnterpriseAccount, own: PersonQuerySet | None = None) -> dict[str | None, int]:
    """{problem or None: how many people}, one query; None are those whom WeCom will accept.

    Of `own` alone, where somebody may write to nobody else.
    """
    people = people_of(rule, account)
    if own is not None:
        people = people.filter(pk__in=own.values("pk"))
    return dict(people.values_list("problem").annotate(Count("pk")).order_by())


@dataclass
class Reach:
    """Whom a rule reaches and whom not, of those whose names somebody may read; the digest is of everybody reached."""

    counts: Counter = field(default_factory=Counter)  # {problem, or None of those reached: people}
    readers: Counter = field(default_factory=Counter)  # {language: people reached who read it}
    outside: int = 0  # how many more are chosen, of whom somebody limited to their own groups reads nothing else
    digest: str = ""


def reach_and_readers(people: "QuerySet[Chosen]", own: PersonQuerySet | None = None) -> Reach:
    """Reach of people of a rule; one query. `own`: the people to whom somebody is limited, as a queryset."""
    reach, digest = Reach(), Digest()
    is_own = Value(True) if own is None else ExpressionWrapper(Q(pk__in=own.values("pk")), BooleanField())
    groups = people.annotate(is_own=is_own).values_list("problem", "language", "is_own")
    for problem, language, is_own, number, *sums in groups.annotate(n=Count("pk"), **sums_of("pk")).order_by():
        if problem is None:
            digest.add(number, sums)
        if not is_own:
            reach.outside += number
            continue
        reach.counts[problem] += number
        if problem is None:
            reach.readers[language] += number
    reach.digest = str(digest)
    return reach


def digest_of(rule: Rule, account: EnterpriseAccount) -> str:
    """Names exactly this list of reachable people, so that a change can be noticed."""
    return reach_and_readers(people_of(rule, account)).digest
