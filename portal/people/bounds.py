"""Whose rights end at their own groups: they do not decide who is in them.

A higher floor says with `@bounds` of a user which groups bound what they may do. What would widen that, by hand, in a
file or by a merge, is for another holder to do.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .models import User


OF_THEMSELVES = _(
    "You write to your own groups only, so somebody else must change your own groups, roles and children."
)
OF_OTHERS = _("You write to your own groups only, so somebody else must decide who is in them.")

Bound = Callable[["User"], Collection[int] | None]
_bounds: list[Bound] = []


def bounds(function: Bound) -> Bound:
    """Registers a function of a user: the ids of the groups at which their rights end, None where at none."""
    _bounds.append(function)
    return function


def bound_groups(user: "User | None") -> set[int] | None:
    """All of these ids, or None where no floor says that the user is bound."""
    said = [groups for function in _bounds if user and (groups := function(user)) is not None]
    return set().union(*said) if said else None
