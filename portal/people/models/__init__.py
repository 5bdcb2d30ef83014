"""The people of the school, how they belong together, and the groups they stand in."""

from .group import Group, Membership
from .person import (
    Person,
    Relationship,
    has_left,
    holds,
    holds_any_role,
    is_barred,
    may_receive_as,
    pupils_here,
)
from .user import User

__all__ = [
    "Group",
    "Membership",
    "Person",
    "Relationship",
    "User",
    "has_left",
    "holds",
    "holds_any_role",
    "is_barred",
    "may_receive_as",
    "pupils_here",
]
