"""The registry of what has not left yet. Apps register functions in `open_work.py`; each returns a list of OpenWork.

Asked when the mark is in doubt, and shown to the administrator who releases it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

_functions: list[Callable] = []


@dataclass(frozen=True)
class OpenWork:
    what: str | Promise
    waiting: int  # how many people wait according to the database: as many may have it already
    accepted: int = 0  # how many have it according to the database
    status: str | Promise = ""
    words: str = ""  # what it says, for whoever may read that
    address: str = ""  # where it can be looked at and stopped


def open_work(function):
    _functions.append(function)
    return function


def all_open():
    return [work for function in _functions for work in function()]
