from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from portal.people.roles import Role

from .person import Person


class Departure(models.Model):
    """At the desk somebody said at once of one person or of a family that they leave, or stay; it can be taken back."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk}: {self.at}"


class LastDay(models.Model):
    """What a departure said of one person's role, and what was there before."""

    departure = models.ForeignKey(Departure, on_delete=models.CASCADE, related_name="last_days")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=[(role.value, role.value) for role in Role])
    before = models.DateField(null=True)
    after = models.DateField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}: {self.after}"
