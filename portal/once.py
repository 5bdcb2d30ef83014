"""What is asked once while a request is answered, however many parts of the page speak of it.

    once.kept("the account", ask, EnterpriseAccount, SendingGate)

is what `ask` returns, until a row of these models is written. A fact is a number or a yes that several parts of a page
want; apps register theirs, and a page that knows which ones it will want has them answered by one statement:

    once.fact("sending is put back", lambda: Exists(Mark.objects.exclude(held="")))
    once.ask("sending is put back", …)
    once.answer("sending is put back")

Both are kept only while a page is looked at: whoever posts something, and whatever runs on, asks every time, because
others write meanwhile. Nothing outlives the request, and nothing is told to another thread.

    with once.for_a_moment():

is for several who look at one thing behind one another where no page is looked at.
"""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TypeVar

from django.contrib.contenttypes.models import ContentType
from django.core.signals import request_finished, request_started
from django.db.backends.signals import connection_created
from django.db.models import Count, Model, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

LOOKING = {"GET", "HEAD"}
READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "PRAGMA", "EXPLAIN")

T = TypeVar("T")
WhatAnswers = Callable[[], Combinable | Q | QuerySet]

_facts: dict[str, WhatAnswers] = {}
_request = threading.local()


def kept(name: str, ask: Callable[[], T], *models: type[Model]) -> T:
    return _kept(name, ask, models) if getattr(_request, "is_looked_at", False) else ask()


def kept_while_answering(name: str, ask: Callable[[], T], *models: type[Model]) -> T:
    """The same while something is posted too: for what a request may well take as it was when it began."""
    return _kept(name, ask, models) if getattr(_request, "is_answered", False) else ask()


@contextmanager
def for_a_moment():
    """Whatever runs here is one look: what its parts want is kept as on a page, and forgotten behind it."""
    if getattr(_request, "is_looked_at", False):
        yield
        return
    was_answered = getattr(_request, "is_answered", False)
    _begins({"REQUEST_METHOD": "GET"})
    try:
        yield
    finally:
        _ends()
        _request.is_answered = was_answered


def _kept(name, ask, models):
    if name not in _request.values:
        _request.values[name] = (ask(), [model._meta.db_table for model in models])
    return _request.values[name][0]


# --- facts ---


def fact(name: str, expression: WhatAnswers) -> None:
    """`expression` makes what answers it: a subquery of one value."""
    _facts[name] = expression


def ask(*names):
    """{name: answer}, in one statement for all that are not known yet."""
    known = getattr(_request, "facts", {}) if getattr(_request, "is_looked_at", False) else {}
    wanted = {f"fact_{number}": name for number, name in enumerate(names) if name not in known}
    if wanted:  # beside a row that is always there
        beside = ContentType.objects.order_by("pk").annotate(**{key: _facts[name]() for key, name in wanted.items()})
        found = beside.values(*wanted).first()
        known |= {name: found[key] for key, name in wanted.items()}
    return {name: known[name] for name in names}


def number(rows: QuerySet) -> Combinable:
    """How many rows there are, as the expression of a fact."""
    return _of_all(rows, Count("*"))


def total(rows: QuerySet, each: Combinable) -> Combinable:
    """What they come to, as the expression of a fact: `each` is what to add up of one."""
    return _of_all(rows, Sum(each))


def _of_all(rows, aggregate):
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(number=aggregate).values("number")
    return Coalesce(Subquery(counted), 0)


def answer(name):
    return ask(name)[name]


# --- a request begins, writes and ends ---


def _begins(environ=None, **kwargs):
    _request.is_answered = True
    _request.is_looked_at = bool(environ) and environ.get("REQUEST_METHOD") in LOOKING
    _request.values, _request.facts = {}, {}


def _ends(**kwargs):
    _request.is_answered = _request.is_looked_at = False
    _request.values, _request.facts = {}, {}


def _forgets_what_is_written(execute, sql, params, many, context):
    try:
        return execute(sql, params, many, context)
    finally:
        if getattr(_request, "is_answered", False) and not sql.lstrip(" (\n").startswith(READING):
            _request.facts.clear()
            stale = [name for name, (_, tables) in _request.values.items() if any(table in sql for table in tables)]
            for name in stale:
                del _request.values[name]


def _watch(connection, **kwargs):
    if _forgets_what_is_written not in connection.execute_wrappers:
        # First: who wraps a connection for a while takes the last away again, and it may be made meanwhile.
        connection.execute_wrappers.insert(0, _forgets_what_is_written)


connection_created.connect(_watch)
request_started.connect(_begins)
request_finished.connect(_ends)
