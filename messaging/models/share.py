from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .message import Message


class Share(models.Model):
    """A colleague may read this message's report, of those people alone whose names they may read."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shared_reports")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="a_report_is_shared_once_with_somebody")
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"
