from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .person import Person


class Merge(models.Model):
    """Somebody said that two rows are one person: the row `gone` points to `kept`; it can be taken back."""

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_away")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    joined = models.JSONField(default=dict)  # {part: what it moved}, by which it is taken back (merging/)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"
