"""The registry of letters: who writes what. Apps register in `letters.py`, and may hold all mail back there.

A row says which letter and whom it is about; the words, the link in it and the address are made when it leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    to: str
    subject: str
    body: str


_writers: dict[str, Callable] = {}
_holds: list[Callable] = []


def letter(kind):
    """`@letter("access.welcome")`: the function takes the row and returns Written, or None where there is nobody to write to."""

    def add(write):
        _writers[kind] = write
        return write

    return add


def write(row):
    return _writers[row.kind](row)


def holds_mail(function):
    """The function says whether mail must stay here for now, whatever is due; it is asked before letters are taken."""
    _holds.append(function)
    return function


def held():
    return any(function() for function in _holds)
