"""The registry of people whom a page of a higher floor is about, to be invited or given letters: `?those=NAME-KEY`.

The address holds keys of ours and names nobody: who they are is worked out anew by whoever registered the name.
"""

from collections.abc import Callable
from dataclasses import dataclass

from portal.people.models import User
from portal.people.models.person import PersonQuerySet


@dataclass(frozen=True)
class Those:
    sentence: str  # who they are
    people: PersonQuerySet
    address: str  # of the page they stand on


Finder = Callable[[str, User], Those | None]
_finders: dict[str, Finder] = {}


def those(name: str) -> Callable[[Finder], Finder]:
    """`@those("report")`: of the key behind the name and of a user it gives Those; None, where they may see nothing."""

    def add(function: Finder) -> Finder:
        _finders[name] = function
        return function

    return add


def find_those(text: str, user: User) -> Those | None:
    """Those, or None: nobody has such a name, or the user may not see of whom it speaks."""
    name, _between, key = text.partition("-")
    return _finders[name](key, user) if name in _finders else None
