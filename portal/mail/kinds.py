"""The registry of letters: who writes what. Apps register in `letters.py`.

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


def letter(kind):
    """`@letter("access.welcome")`: the function takes the row and returns Written, or None where there is nobody to write to."""

    def add(write):
        _writers[kind] = write
        return write

    return add


def write(row):
    return _writers[row.kind](row)
