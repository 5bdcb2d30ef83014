"""What stands on groups: it is named before an import changes who is in them, and keeps a group from going with one.

A higher floor registers functions in its own `group_uses.py`: of ids of groups (those whose members change, and the groups
above them) to the names of what would mean other people then (`@group_use`); and of ids to those that something of its
own still names, sent messages too (`@names_groups`).
"""

from collections.abc import Callable, Collection, Iterable

from django.utils.functional import Promise

from .models import Group

Use = Callable[[Collection[int]], Iterable[str]]
Naming = Callable[[Collection[int]], Iterable[int]]
_uses: list[tuple[str | Promise, Use]] = []
_namings: list[Naming] = []


def group_use(label: str | Promise) -> Callable[[Use], Use]:
    """`label` is what these are, in words: the function returns their names."""

    def add(function: Use) -> Use:
        _uses.append((label, function))
        return function

    return add


def names_groups(function: Naming) -> Naming:
    _namings.append(function)
    return function


def named_somewhere(groups: Collection[int]) -> set[int]:
    """Those of these groups that something names which is no member and no group below."""
    return {pk for function in _namings for pk in function(groups)} if groups else set()


def uses_of(groups: Iterable[int]) -> list[tuple[str | Promise, list[str]]]:
    """[(label, [name, …])] of what stands on these groups, or on one above; no more queries for more groups."""
    concerned = _and_above(set(groups))
    found = [(label, sorted(function(concerned))) for label, function in _uses] if concerned else []
    return [(label, names) for label, names in found if names]


def _and_above(groups: set[int]) -> set[int]:
    above = {pk: parent for pk, parent in Group.objects.values_list("pk", "parent") if parent is not None}
    ids = set(groups)
    while new := {above[pk] for pk in ids if pk in above} - ids:
        ids |= new
    return ids
