from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Max, When
from django.db.models.functions import Now

# Divided as every time of sending is, so that tests see hours in seconds.
EVERY = timedelta(seconds=15) / settings.SENDING_TIME_SCALE
SILENT_AFTER = timedelta(seconds=45) / settings.SENDING_TIME_SCALE


@dataclass(frozen=True)
class Heard:
    at: datetime
    is_lately: bool


class BeatQuerySet(models.QuerySet):
    def living(self):
        """Of processes that were heard of lately, in the order in which they began."""
        return self.filter(at__gt=Now() - SILENT_AFTER).order_by("pk")

    def heard(self):
        """{kind of process: when one of it was heard of last}, in one query."""
        is_lately = Case(When(at__gt=Now() - SILENT_AFTER, then=1), default=0)
        found = self.values_list("process").annotate(latest=Max("at"), lately=Max(is_lately))
        return {process: Heard(at, bool(lately)) for process, at, lately in found}


class Beat(models.Model):
    """When a process last did its work: one row for each. One that is stopped in order takes its row away."""

    class Process(models.TextChoices):
        WORKER = "worker"
        SWEEPER = "sweeper"

    process = models.CharField(max_length=10, choices=Process.choices)
    began_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField(db_default=Now())

    objects = BeatQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.process} {self.pk}"
