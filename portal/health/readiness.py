"""The registry of what must be well before messages go out. Apps register functions in `readiness_checks.py`.

A function takes nothing and returns {name: None where all is well, else NotReady}. Pages say its sentence, `/readyz`
its word. The facts (once.py) that it asks it names with itself: those of all the functions are one question.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from portal import once

OURSELVES = "ourselves"  # our own processes and services: whoever runs the server must act
ACCOUNT = "account"  # the school's account and people: the System Administrator must act

_checks: dict[str, list[Callable]] = defaultdict(list)
_facts: dict[str, list[Callable]] = defaultdict(list)


@dataclass(frozen=True)
class NotReady:
    word: str
    sentence: str | Promise = ""  # empty where another check says it already
    is_told: bool = True  # to whoever must act, wherever they are; not what they did themselves, or have yet to do


def check(whose, *, facts=()):
    def add(function):
        _checks[whose].append(function)
        _facts[whose].extend(facts)
        return function

    return add


def facts(whose):
    return _facts[whose]


def results(whose):
    """{name: None or NotReady}, in the order of the house's floors."""
    once.ask(*facts(whose))
    return {name: result for function in _checks[whose] for name, result in function().items()}


def sentences(whose):
    """What is not well, for a page."""
    return [result.sentence for result in results(whose).values() if result and result.sentence]


def sentences_on(request, whose):
    """The same, asked once for all the parts of a page."""
    if not hasattr(request, "not_ready"):
        request.not_ready = {}
    if whose not in request.not_ready:
        request.not_ready[whose] = sentences(whose)
    return request.not_ready[whose]
