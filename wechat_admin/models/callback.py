from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CallbackEventQuerySet(models.QuerySet["CallbackEvent"]):
    def last_heard_at(self) -> datetime | None:
        """When WeCom last told us something, or None."""
        return self.order_by("-pk").values_list("received_at", flat=True).first()


class CallbackEvent(models.Model):
    """Something WeCom told us. Kept: that it came, of whom and when. Not kept: what a person wrote."""

    digest = models.CharField(max_length=64, unique=True)  # WeCom may say a thing three times
    kind = models.CharField(max_length=40)  # an event ("subscribe"), or "message"
    userid = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)

    objects = CallbackEventQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], condition=Q(processed_at=None), name="callbacks_to_process"),
            models.Index(fields=["kind", "userid"], name="callbacks_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.userid}"


class AutoReply(models.Model):
    """Somebody who wrote to the school here was told, once that day, where to write."""

    userid = models.CharField(max_length=64)  # in lower case
    on = models.DateField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["userid", "on"], name="one_reply_a_person_and_day")]

    def __str__(self) -> str:
        return f"{self.userid} {self.on}"
