"""What stands on groups: it is named before an import changes who is in them.

A higher floor registers functions in its own `group_uses.py`: of ids of groups (those whose members change, and the groups
above them) to the names of what would mean other people then.
"""

from collections.abc import Callable

from django.utils.functional import Promise

from .models import Group

_uses: list[tuple[Promise, Callable]] = []


def group_use(label):
    """`label` is what these are, in words: the function returns their names."""

    def add(function):
        _uses.append((label, function))
        return function

    return add


def uses_of(groups):
    """[(label, [name, …])] of what stands on these groups, or on one above; no more queries for more groups."""
    concerned = _and_above(set(groups))
    found = [(label, sorted(function(concerned))) for label, function in _uses] if concerned else []
    return [(label, names) for label, names in found if names]


def _and_above(groups):
    above = dict(Group.objects.exclude(parent=None).values_list("pk", "parent"))
    ids = set(groups)
    while new := {above[pk] for pk in ids if pk in above} - ids:
        ids |= new
    return ids
