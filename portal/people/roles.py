"""What somebody can be to the school: one table of the roles, with their words and their columns on Person.

A role on record has ended once its last day is over; whoever holds none any more has left. The date is asked here alone.
"""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .models import Person


class Role(models.TextChoices):
    """The value is what audiences, addresses and departments store; the name, in small letters, what files say."""

    column: str
    last_day: str  # the column of the last day on which it is held; empty: nobody has said one
    plural: str | Promise
    everybody: str | Promise

    STAFF = "staff", "is_staff_member", "staff_last_day", _("Staff"), _("All staff"), _("staff")
    CONTACT = (
        "contacts",
        "is_contact",
        "contact_last_day",
        _("Parents and contacts"),
        _("All parents and contacts"),
        _("contact"),
    )
    PUPIL = "pupils", "is_pupil", "pupil_last_day", _("Pupils"), _("All pupils"), _("pupil")

    # With defaults, as Role("pupils") has the value alone.
    def __new__(
        cls, value: str, column: str = "", last_day: str = "", plural: str | Promise = "", everybody: str | Promise = ""
    ) -> Self:
        role = str.__new__(cls, value)
        role._value_ = value
        role.column, role.last_day, role.plural, role.everybody = column, last_day, plural, everybody
        return role

    @property
    def word(self) -> str:
        """As a file says it: "contact"."""
        return self.name.lower()

    @classmethod
    def words(cls) -> dict[str, Self]:
        """{as a file says it: the role}"""
        return {role.word: role for role in cls}

    @property
    def flag(self) -> Q:
        """Q of the people on whose record the role stands, ended or not."""
        return Q(**{self.column: True})

    def here(self, path: str = "") -> Q:
        """Q of those who hold it today, in the school's time zone; `path` leads to them, as "pupil__"."""
        return Q(**{f"{path}{self.column}": True}) & self._goes_on(path)

    def _goes_on(self, path: str) -> Q:
        has_no_end = Q(**{f"{path}{self.last_day}": None})
        is_to_come = Q(**{f"{path}{self.last_day}__gte": timezone.localdate()})
        return has_no_end | is_to_come

    def stands(self, path: str = "") -> Q:
        """Q of those who hold it today, and of those who held it and have left: a list says of them that they have."""
        others = reduce(or_, (role.here(path) for role in Role if role is not self))
        return Q(**{f"{path}{self.column}": True}) & (self._goes_on(path) | ~others)

    def ended(self, path: str = "") -> Q:
        """Q of those on whose record it stands and is over."""
        return Q(**{f"{path}{self.column}": True, f"{path}{self.last_day}__lt": timezone.localdate()})

    def is_held_by(self, person: "Person") -> bool:
        last = getattr(person, self.last_day)
        return getattr(person, self.column) and (last is None or last >= timezone.localdate())


def has_no_end() -> Q:
    """Q of those who go on working here, or where they never did, being of the school."""
    goes_on = {role: role.flag & Q(**{role.last_day: None}) for role in Role}
    return goes_on[Role.STAFF] | ~Role.STAFF.flag & (goes_on[Role.CONTACT] | goes_on[Role.PUPIL])


def is_here(path: str = "") -> Q:
    """Q of those who hold any role today."""
    return Role.STAFF.here(path) | Role.CONTACT.here(path) | Role.PUPIL.here(path)
