from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Max, Q, When
from django.db.models.functions import Now
from django.utils import timezone

# Divided as every time of sending is, so that tests see hours in seconds.
EVERY = timedelta(seconds=15) / settings.SENDING_TIME_SCALE
SILENT_AFTER = timedelta(seconds=45) / settings.SENDING_TIME_SCALE


@dataclass(frozen=True)
class Heard:
    at: datetime
    is_lately: bool


class BeatQuerySet(models.QuerySet["Beat"]):
    def living(self):
        """Of processes that were heard of lately."""
        return self.filter(at__gt=Now() - SILENT_AFTER)

    def here(self):
        """Those, and of processes that have just begun; whoever shares something out counts both. In a lasting order."""
        return self.filter(Q(at__gt=Now() - SILENT_AFTER) | Q(began_at__gt=Now() - SILENT_AFTER)).order_by("pk")

    def heard(self):
        """{kind of process: when one of it was heard of last}, in one query."""
        is_lately = Case(When(at__gt=Now() - SILENT_AFTER, then=1), default=0)
        found = self.exclude(at=None).values_list("process").annotate(latest=Max("at"), lately=Max(is_lately))
        return {process: Heard(at, bool(lately)) for process, at, lately in found}


class Beat(models.Model):
    """When a process last did its work: one row for each. One that is stopped in order takes its row away."""

    class Process(models.TextChoices):
        WORKER = "worker"
        SWEEPER = "sweeper"

    process = models.CharField(max_length=10, choices=Process.choices)
    began_at = models.DateTimeField(db_default=Now())  # or came back, after nobody had heard of it
    at = models.DateTimeField(null=True, db_default=Now())  # None: it has done none yet

    objects = BeatQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.process} {self.pk}"


class Alarm(models.Model):
    """Something that whoever runs the server must know: one row a cause, from when it was seen until it is gone."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    since = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="one_alarm_a_cause")]

    def __str__(self):
        return f"{self.kind} {self.subject}"


class AddressQuerySet(models.QuerySet):
    def due(self, every):
        return self.exclude(looked_at__gt=Now() - every)

    def silent(self):
        """Those that answered from here once and do not now."""
        return self.filter(silent_since__isnull=False, answered_at__isnull=False)

    def with_a_certificate_to_renew(self):
        soon = Q(certificate_ends_at__lt=Now() + Address.RENEWED_BEFORE)
        return self.filter(soon | Q(certificate_refused__isnull=False))


class Address(models.Model):
    """How one of the portal's own addresses was found when a worker asked it, as a browser does."""

    RENEWED_BEFORE = timedelta(days=14)
    FOUND = ["silent_since", "silence", "cannot_be_asked", "certificate_refused", "certificate_ends_at"]

    site = models.CharField(max_length=8, primary_key=True)  # a Site
    address = models.CharField(max_length=200)
    looked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)  # from here, ever
    silent_since = models.DateTimeField(null=True)
    # Each in a few words of the machine's, where it is so.
    silence = models.CharField(max_length=80, null=True)
    cannot_be_asked = models.CharField(max_length=80, null=True)
    certificate_refused = models.CharField(max_length=80, null=True)
    certificate_ends_at = models.DateTimeField(null=True)

    objects = AddressQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.address}: {self._standing}{self._certificate}"

    @property
    def _standing(self):
        if self.cannot_be_asked:
            return f"cannot be asked from here ({self.cannot_be_asked})"
        if self.certificate_refused:
            return f"its certificate is refused ({self.certificate_refused})"
        if self.silent_since:
            never = "" if self.answered_at else "; it never did from here, so nobody is told"
            return f"does not answer ({self.silence}{never})"
        return "answers"

    @property
    def _certificate(self):
        ends_at = self.certificate_ends_at
        return f", certificate until {timezone.localtime(ends_at):%Y-%m-%d %H:%M %Z}" if ends_at else ""
