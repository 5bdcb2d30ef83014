"""The people of the school, how they belong together, and the groups they stand in."""

from .group import Group, Membership
from .person import (
    GUARDIANS,
    ROLES,
    Person,
    Relationship,
    barred_from_messages,
    has_left,
    holds,
    holds_any_role,
    is_barred,
    may_receive_as,
)
from .user import User

__all__ = [
    "GUARDIANS",
    "ROLES",
    "Group",
    "Membership",
    "Person",
    "Relationship",
    "User",
    "barred_from_messages",
    "has_left",
    "holds",
    "holds_any_role",
    "is_barred",
    "may_receive_as",
]
