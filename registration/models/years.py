from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, Now

from portal.people.models import Group, Person, Relationship
from portal.people.roles import Role

GUARDIANS_TEXT = "2026-11-29"


class YearRule(models.Model):
    """What holds for the pupils of a year; a year without one lets its pupils register, with a guardian's consent.

    `needs_consent` asks a guardian of everybody; else of the young alone (see years/rules.py).
    """

    year = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="+")
    pupils_may_register = models.BooleanField(default=True)
    is_14_and_above = models.BooleanField(default=False, db_default=False)
    needs_consent = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.year}"


class GuardianConsentQuerySet(models.QuerySet["GuardianConsent"]):
    """Given for a row, or by one, that was merged since it counts for whom it was merged into."""

    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)

    def of_no_guardian_any_more(self) -> Self:
        """Standing ones of whoever might not give it today: no parent or guardian of the pupil, or gone."""
        guardians = Relationship.objects.may_see().of_guardians().filter(Role.CONTACT.here("contact__"))
        of_both = guardians.filter(contact=OuterRef("by_whom"), pupil=OuterRef("for_whom"))
        consents = self.standing().alias(
            by_whom=Coalesce("guardian__merged_into", "guardian"), for_whom=Coalesce("pupil__merged_into", "pupil")
        )
        return consents.filter(~Exists(of_both))

    def of_pupil(self, pupil: Person | OuterRef) -> Self:
        return self.filter(Q(pupil=pupil) | Q(pupil__merged_into=pupil))

    def by_guardian(self, guardian: Person) -> Self:
        return self.filter(guardian__in=guardian.every_row)

    def pupils(self) -> "models.QuerySet[GuardianConsent, dict[str, int]]":
        """The ids of those for whom it was given."""
        return self.values(theirs=Coalesce("pupil__merged_into", "pupil"))


class GuardianConsent(models.Model):
    """A guardian lets a pupil register; withdrawn ones stay in the history."""

    pupil = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    guardian = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # What the guardian read: which text, in which language; empty of those given before it was kept.
    version = models.CharField(max_length=20, blank=True, db_default="")
    language = models.CharField(max_length=8, blank=True, db_default="")
    given_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    objects = GuardianConsentQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "guardian"], condition=Q(withdrawn_at=None), name="one_consent_per_pupil_and_guardian"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pupil}: {self.guardian}"
