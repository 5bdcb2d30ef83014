from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from portal.people.models import Group, Person


class YearRule(models.Model):
    """What holds for the pupils of a year; a year without one lets its pupils register."""

    year = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="+")
    pupils_may_register = models.BooleanField(default=True)
    needs_consent = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.year}"


class GuardianConsent(models.Model):
    """A guardian lets a pupil register; withdrawn ones stay in the history."""

    pupil = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    guardian = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    given_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "guardian"], condition=Q(withdrawn_at=None), name="one_consent_per_pupil_and_guardian"
            )
        ]

    def __str__(self):
        return f"{self.pupil}: {self.guardian}"
