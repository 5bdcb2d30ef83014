from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .message import Message


class Asking(models.Model):
    """Somebody asked the administrators to help those whom a message does not reach, for they may not do it themselves."""

    PUPILS = "pupils"  # besides a state of the report: the pupils without an adult who gets it

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="askings", db_index=False)
    about = models.CharField(max_length=20)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "about"], name="asked_once_of_a_message_and_what_it_is_about")
        ]
        indexes = [models.Index(fields=["at"], name="askings_by_time")]

    def __str__(self) -> str:
        return f"message {self.message_id}: {self.about}"
