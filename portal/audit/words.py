"""The words of the trail, and what its keys mean: a registry. Apps register theirs in `trail.py`.

An act is a sentence already; a floor says here to which part of the portal its acts belong, what the details of an act
are called, what a value or a changed field is called, and how the names behind "person 12" are found.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_acts: dict[str, list[str]] = {}
_today: dict[str, str] = {}  # by what an act was called when it was written
_labels: dict[str, str | Promise] = {}
_vocabularies: list[Callable] = []
_kinds: dict[str, "Kind"] = {}
_others: dict[str, Callable[[int], list[str]]] = {}
_finders: list[Callable] = []


@dataclass(frozen=True)
class Thing:
    """What a reader sees for a key."""

    words: str
    address: str = ""  # of its page
    option: str = ""  # the menu option without which nobody may open that


@dataclass(frozen=True)
class Kind:
    label: str | Promise
    find: Callable[[set[int]], dict[int, Thing]]


def acts(section, *names):
    """Acts of a section of the menu (a key of `portal.menu.SECTIONS`)."""
    _acts.setdefault(section, []).extend(names)


def renamed(was, now):
    """An act is called otherwise than before: entries stay as they were written, and are read by the name of today."""
    _today[was] = now


def name_today(act):
    return _today.get(act, act)


def every_name(act):
    """Under what an act of today stands in the trail."""
    return [act, *(was for was, now in _today.items() if now == act)]


def labels(**names):
    """What the details of acts are called."""
    _labels.update(names)


def vocabulary(function):
    """Registers a function that answers {value or name of a field: words}."""
    _vocabularies.append(function)
    return function


def things(name, label):
    """Registers a function {key: Thing} of the keys of one kind of row; `name` is that of its model, in small letters."""

    def add(find):
        _kinds[name] = Kind(label, find)
        return find

    return add


def others(name):
    """Registers a function of a key's number: the other keys under which the trail has the same ("user 3")."""

    def add(function):
        _others[name] = function
        return function

    return add


def keys_of_same(key):
    """The key itself, and every other under which the trail knows the same person or thing."""
    name, _blank, number = key.partition(" ")
    return [key, *(_others[name](int(number)) if name in _others and number.isdigit() else [])]


@dataclass(frozen=True)
class Found:
    """Somebody who was looked for, to choose in the trail."""

    words: str
    about: str  # their key
    who: int | None  # the sign-in by which they act


def finder(function):
    """Registers a function {text: [Found]}."""
    _finders.append(function)
    return function


def find(text):
    return [found for function in _finders for found in function(text)] if text else []


def by_section():
    return {section: sorted(names) for section, names in _acts.items()}


def all_acts():
    return {name for names in _acts.values() for name in names}


def label(name):
    return _labels.get(name, name)


def has_label(name):
    return name in _labels


def words_of_values():
    """{value or name of a field: words}, of every floor."""
    return {str(value): words for function in _vocabularies for value, words in function().items()}


def kind(name):
    return _kinds.get(name)


labels(before=_("before"), after=_("after"))
