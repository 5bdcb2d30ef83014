from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

A_DAY = timedelta(days=1)


class AppendOnly(models.QuerySet["AuditEvent"]):
    def about(self, keys):
        """What was about one of these ("person 12"), or done while viewing as them."""
        return self.filter(models.Q(subject__in=keys) | models.Q(on_behalf_of__in=keys))

    def since(self, moment):
        """By key: the newest first is then a walk along the keys, and no sorting of all that is younger."""
        first = AuditEvent.objects.filter(at__gte=moment).order_by("at").values_list("at", flat=True).first()
        if first is None:
            return self.none()
        of_a_day = AuditEvent.objects.filter(at__gte=first, at__lt=first + A_DAY)
        return self.filter(at__gte=moment, pk__gte=of_a_day.aggregate(lowest=models.Min("pk"))["lowest"])

    def before(self, moment):
        """The same. A key is drawn within seconds of the moment that is written beside it, never a day later."""
        last = AuditEvent.objects.filter(at__lt=moment).order_by("-at").values_list("at", flat=True).first()
        if last is None:
            return self.none()
        of_a_day = AuditEvent.objects.filter(at__lte=last, at__gt=last - A_DAY)
        return self.filter(at__lt=moment, pk__lte=of_a_day.aggregate(highest=models.Max("pk"))["highest"])

    def update(self, **values):
        raise TypeError("The audit trail is append-only.")

    def delete(self):
        raise TypeError("The audit trail is append-only.")


class AuditEvent(models.Model):
    """An act: who did what to what, and on whose behalf. Written with `audit.record`, never changed.

    It holds keys ("person 12"), no names: those are looked up when it is read (things.py), and it stands as it was
    written whatever becomes of people. It holds no secret and no message text. The database refuses to change a row
    (triggers.py); what its owner could change all the same is found by the blocks (sealing.py).
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    # A key alone: nothing that ends elsewhere changes a row here.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True)
    # A key that no other entry has, of what is written down once in a while however often it happens.
    once = models.CharField(max_length=600, null=True, unique=True, editable=False)

    objects = AppendOnly.as_manager()

    class Meta:
        permissions = [("view", _("Audit trail"))]
        default_permissions = ()
        # A page is by key, newest first, of one of these; a day is found by `at` and then is a stretch of keys.
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_of_an_actor"),
            models.Index(fields=["act", "-id"], name="audit_of_an_act"),
            models.Index(fields=["subject", "-id"], name="audit_about"),
            models.Index(fields=["on_behalf_of", "-id"], name="audit_on_behalf"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self):
        return f"{self.pk}: {self.act} {self.subject}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("The audit trail is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("The audit trail is append-only.")


class Block(models.Model):
    """Events that were sealed together: those after the block before up to `last`, and the hash of all of it."""

    number = models.PositiveBigIntegerField(primary_key=True)
    last = models.PositiveBigIntegerField()
    events = models.PositiveIntegerField()
    newest_at = models.DateTimeField()
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())
    # Its events are gone, because they were old (retention.py); their hash stays.
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"block {self.number} up to {self.last}"


class Verification(models.Model):
    """How far the sweeper has looked whether every block is as it was sealed, and the first that was not."""

    number = models.PositiveBigIntegerField(default=0)  # the block looked at last
    begun_at = models.DateTimeField(db_default=Now())
    broken = models.PositiveBigIntegerField(null=True)  # the number of a block
    found_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"up to block {self.number}, broken: {self.broken}"


class Revision(models.Model):
    """How often one thing that several people edit was saved, and by whom last; see `revisions.py`."""

    subject = models.CharField(max_length=100, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.subject}: {self.number}"
