from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AppendOnly(models.QuerySet):
    def update(self, **values):
        raise TypeError("The audit trail is append-only.")

    def delete(self):
        raise TypeError("The audit trail is append-only.")


class AuditEvent(models.Model):
    """An act: who did what to what, and on whose behalf. Written with `audit.record`, never changed.

    Names are kept as text, so that the trail can be read after an account is gone. It holds no secret and no message text.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=200)
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        permissions = [("view", _("Audit trail"))]
        default_permissions = ()
        indexes = [models.Index(fields=["-id"], name="audit_newest_first")]

    def __str__(self):
        return f"{self.actor_name}: {self.act} {self.subject}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("The audit trail is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("The audit trail is append-only.")


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
