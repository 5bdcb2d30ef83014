"""What somebody can be to the school: one table of the roles, with their words and their column on Person."""

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The value is what audiences, addresses and departments store; the name, in small letters, what files say."""

    column: str
    plural: str | Promise
    everybody: str | Promise

    STAFF = "staff", "is_staff_member", _("Staff"), _("All staff"), _("staff")
    CONTACT = "contacts", "is_contact", _("Parents and contacts"), _("All parents and contacts"), _("contact")
    PUPIL = "pupils", "is_pupil", _("Pupils"), _("All pupils"), _("pupil")

    # With defaults, as Role("pupils") has the value alone.
    def __new__(cls, value, column="", plural="", everybody=""):
        role = str.__new__(cls, value)
        role._value_ = value
        role.column, role.plural, role.everybody = column, plural, everybody
        return role

    @property
    def word(self):
        """As a file says it: "contact"."""
        return self.name.lower()

    @classmethod
    def words(cls):
        """{as a file says it: the role}"""
        return {role.word: role for role in cls}

    @property
    def flag(self):
        """Q of the people on whose record the role stands."""
        return Q(**{self.column: True})
