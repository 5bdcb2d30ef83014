"""What stands on groups: it is named before an import changes who is in them.

A higher floor registers functions in its own `group_uses.py`: of ids of groups (those whose members change, and the groups
above them) to the names of what would mean other people then.
"""

from collections.abc import Callable, Collection, Iterable

from django.utils.functional import Promise

from .models import Group

Use = Callable[[Collection[int]], Iterable[str]]
_uses: list[tuple[str | Promise, Use]] = []


def group_use(label: str | Promise) -> Callable[[Use], Use]:
    """`label` is what these are, in words: the function returns their names."""

    def add(function: Use) -> Use:
        _uses.append((label, function))
        return function

    return add


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
