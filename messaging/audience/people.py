"""A rule turned into one query over people, with what keeps each from being reached."""

import hashlib
from collections import Counter

from django.db.models import Case, CharField, Count, OuterRef, Q, Subquery, Value, When

from portal.people.models import Person, has_left
from portal.people.references import find_in
from portal.school.table import value

from ..models import Delivery
from ..routes import member
from .rule import clauses_of

Problem = Delivery.Problem


def people_of(rule, account, route=member):
    """The people of the rule as a queryset, each once, annotated with

    `problem`: what keeps a message from reaching them (a Delivery.Problem), or NULL;
    `userid`: their member at WeCom where there is no problem, else "".
    """
    chosen, permitted = clauses_of(rule.get("include", []), account)
    if rule.get("exclude"):
        chosen &= ~clauses_of(rule["exclude"], account)[0]
    # Sets, not questions asked of each person: the database reads each once, however many people there are.
    reached = route.reached(account)
    problem = Case(
        When(has_left(), then=Value(Problem.LEFT)),
        When(~permitted, then=Value(Problem.MAY_NOT_RECEIVE)),
        *_trial(reached),
        When(pk__in=reached.values("person"), then=Value(None)),
        *route.obstacles(account),
        default=Value(Problem.NOT_REGISTERED),
        output_field=CharField(null=True),
    )
    theirs = reached.filter(person=OuterRef("pk")).values("userid")[:1]
    userid = Case(When(problem=None, then=Subquery(theirs)), default=Value(""), output_field=CharField())
    return Person.objects.filter(chosen).order_by().annotate(problem=problem, userid=userid)


def _trial(reached):
    """While the school tries out, nobody but the testers it named receives anything."""
    if not value("trial"):
        return []
    testers = find_in(value("testers")).people
    return [When(Q(pk__in=reached.values("person")) & ~Q(pk__in=testers), then=Value(Problem.NO_TESTER))]


def reach_of(rule, account, own=None):
    """{problem or None: how many people}, one query; None are those whom WeCom will accept.

    Of `own` alone, where somebody may write to nobody else.
    """
    people = people_of(rule, account)
    if own is not None:
        people = people.filter(pk__in=own.values("pk"))
    return dict(people.values_list("problem").annotate(Count("pk")).order_by())


def reach_and_readers(people):
    """The same of people of a rule, and {language: how many of those reached read it}; still one query."""
    counts: Counter = Counter()
    readers: Counter = Counter()
    rows = people.values_list("problem", "language").annotate(n=Count("pk")).order_by()
    for problem, language, number in rows:
        counts[problem] += number
        if problem is None:
            readers[language] += number
    return dict(counts), dict(readers)


def digest_of(rule, account):
    """Names exactly this list of reachable people, so that a change can be noticed. Reads ids only, as a stream."""
    return digest_of_ids(
        people_of(rule, account).filter(problem=None).order_by("pk").values_list("pk", flat=True).iterator()
    )


def digest_of_ids(ids):
    """The same of ids in their order."""
    sha = hashlib.sha256()
    for pk in ids:
        sha.update(b"%d," % pk)
    return sha.hexdigest()


def digest_of_deliveries(message):
    """The same of a frozen list."""
    frozen = message.deliveries.filter(problem=None).order_by("person").values_list("person", flat=True)
    return digest_of_ids(frozen.iterator())
