from django.db import models

from .message import Message


class Decision(models.Model):
    """The people somebody saw when they scheduled or released a message: whoever comes later was not decided about."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="decision")
    people = models.BinaryField()  # their ids, packed

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"decision {self.pk}"
