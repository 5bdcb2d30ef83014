"""The registry of what must be well before messages go out. Apps register functions in `readiness_checks.py`.

A function takes nothing and returns {name: None where all is well, else NotReady}. Pages say its sentence, `/readyz`
its word.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.utils.functional import Promise

OURSELVES = "ourselves"  # our own processes and services: whoever runs the server must act
ACCOUNT = "account"  # the school's account and people: the System Administrator must act

_checks = defaultdict(list)


@dataclass(frozen=True)
class NotReady:
    word: str
    sentence: str | Promise = ""  # empty where another check says it already


def check(whose):
    def add(function):
        _checks[whose].append(function)
        return function

    return add


def results(whose):
    """{name: None or NotReady}, in the order of the house's floors."""
    return {name: result for function in _checks[whose] for name, result in function().items()}


def sentences(whose):
    """What is not well, for a page."""
    return [result.sentence for result in results(whose).values() if result and result.sentence]


def obstacles():
    """Everything that keeps messages from going out; empty: ready to send."""
    return sentences(OURSELVES) + sentences(ACCOUNT)
