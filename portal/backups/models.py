from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.utils import timezone


class LastBackupManager(models.Manager):
    def the(self):
        return self.first()

    def note(self):
        self.update_or_create(pk=1, defaults={"made_at": Now()})

    def overdue_since(self):
        """When there should have been another one; None where there need not be one yet, or others make them."""
        if not settings.BACKUP_WITHIN_HOURS:
            return None
        last = self.the()
        due = (last.made_at if last else installed_at()) + timedelta(hours=settings.BACKUP_WITHIN_HOURS)
        return due if due < timezone.now() else None


class LastBackup(models.Model):
    """When the portal was last backed up. No backup knows of itself: the row is written when its file is whole."""

    made_at = models.DateTimeField()

    objects = LastBackupManager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{timezone.localtime(self.made_at):%Y-%m-%d %H:%M %Z}"


def installed_at():
    return MigrationRecorder.Migration.objects.aggregate(first=models.Min("applied"))["first"]
