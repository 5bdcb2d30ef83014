from django.db import models
from django.db.models.functions import Now

from .person import Person


class Erasure(models.Model):
    """A row was blanked. What stands in the list beside the ledger's mark about it (one_person/lists.py), and since when."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="erasure")
    line = models.CharField(max_length=100)
    at = models.DateTimeField(db_default=Now(), editable=False)
    written_down_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person_id}: {self.at}"
