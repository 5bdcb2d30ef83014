"""The registry of letters: who writes what. Apps register in `letters.py`.

A row says which letter and whom it is about; the words, the link in it and the address are made when it leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Written:
    to: str
    subject: str
    body: str


_writers: dict[str, Callable] = {}
_labels: dict[str, str | Promise] = {}
_of: dict[str, str] = {}
USER, PERSON = "user", "person"


def letter(kind, label="", of=""):
    """`@letter("access.welcome", _("…"))`: the function takes the row and returns Written, or None where there is nobody to
    write to. By its label whoever looks after the mail knows the kind, and by `of` whose key `about` is (USER, PERSON)."""

    def add(write):
        _writers[kind] = write
        _labels[kind] = label or kind
        _of[kind] = of
        return write

    return add


def label_of(kind):
    return _labels.get(kind, kind)


def of(kind):
    """Whose key `about` is: USER, PERSON, or "" where it is something else's."""
    return _of.get(kind, "")


def write(row):
    return _writers[row.kind](row)
