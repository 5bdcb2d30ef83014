"""The people of the school, how they belong together, and the groups they stand in."""

from .departure import Departure, LastDay
from .erasure import Erasure
from .group import Group, Membership
from .imports import KEPT_DAYS, Import, ImportPiece, ImportRow, KnownColumn
from .merge import Merge
from .person import (
    Person,
    family,
    has_left,
    holds,
    holds_any_role,
    is_barred,
    is_barred_as,
    is_forbidden,
    pupils_here,
)
from .proposal import Proposal
from .relationship import Relationship
from .user import User

__all__ = [
    "KEPT_DAYS",
    "Departure",
    "Erasure",
    "Group",
    "Import",
    "ImportPiece",
    "ImportRow",
    "KnownColumn",
    "LastDay",
    "Membership",
    "Merge",
    "Person",
    "Proposal",
    "Relationship",
    "User",
    "family",
    "has_left",
    "holds",
    "holds_any_role",
    "is_barred",
    "is_barred_as",
    "is_forbidden",
    "pupils_here",
]
