from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from portal.access.models import may_have_code
from portal.people.models import Person

from .registration import Registration

GOOD_FOR = timedelta(days=60)


class PersonalCodeQuerySet(models.QuerySet["PersonalCode"]):
    def living(self) -> Self:
        """Those that neither a newer one nor time has ended."""
        return self.filter(replaced_at=None, made_at__gt=Now() - GOOD_FOR)

    def good(self) -> Self:
        """The living ones of people who may still come in by a code."""
        return self.living().filter(person__in=Person.objects.not_left().filter(may_have_code()))

    def of_code(self, code: str) -> Self:
        """The row of what somebody typed, by today's key and those of before."""
        return self.filter(
            code_hash__in=[_hash(code, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
        )

    def with_use(self) -> Self:
        """Each with `used_up`: its person has become registered since it was made."""
        return self.annotate(used_up=_is_used_up())

    def used_up(self) -> Self:
        return self.filter(_is_used_up())


class PersonalCode(models.Model):
    """A code by which one person comes in without a password, kept as a hash only.

    It works until they are registered, as often as needed: WeChat kills pages. After that it shows their own state.
    """

    class Way(models.TextChoices):
        PRINT = "print", _("printed letter")
        EMAIL = "email", _("e-mail")
        RESET = "reset", _("in place of a password")  # handed over by the office to whom it knows

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="codes")
    way = models.CharField(max_length=5, choices=Way)
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    replaced_at = models.DateTimeField(null=True)
    visit = models.CharField(max_length=32, blank=True, db_default="")  # the one session it stands for: the newest

    used_up: bool  # `with_use`
    began_unused: bool  # of one that stands for a session (codes/coming_in.py)

    objects = PersonalCodeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("print_codes", _("Personal codes"))]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "way"], condition=models.Q(replaced_at=None), name="one_living_code_of_a_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_way_display()}"

    @staticmethod
    def hash_of(code: str) -> str:
        return _hash(code, settings.SECRET_KEY)

    @property
    def good_until(self) -> datetime:
        return self.made_at + GOOD_FOR


def _is_used_up() -> Exists:
    return Exists(Registration.objects.filter(person=OuterRef("person"), registered_at__gt=OuterRef("made_at")))


def _hash(code: str, key: str) -> str:
    return salted_hmac("registration.personal-code", code, secret=key, algorithm="sha256").hexdigest()
