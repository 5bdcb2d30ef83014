from django.db import models
from django.db.models.functions import Now

from portal.people.models import Person


class Opened(models.Model):
    """Somebody has seen the first step."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    account_key = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account_key", "person"], name="opened_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.at}"
