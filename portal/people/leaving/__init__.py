"""Leaving and staying: who is asked before, what it changes, how it is taken back.

A higher floor may object (`@objection`): a function of the ids of people who will hold no office any more once their
last day is over, that returns {id: why they cannot leave, in a sentence}.
"""

from collections.abc import Callable, Collection

Objection = Callable[[Collection[int]], dict[int, str]]
_objections: list[Objection] = []


def objection(function: Objection) -> Objection:
    _objections.append(function)
    return function


def objections(people: Collection[int]) -> dict[int, str]:
    """{id: sentence} of those among these ids who cannot leave; asked inside the transaction that has them leave."""
    found: dict[int, str] = {}
    for function in _objections:
        found |= function(people) if people else {}
    return found
