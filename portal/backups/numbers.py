"""Backups, for whoever watches the server."""

from django.utils import timezone

from portal.health.gauges import gauge, seconds

from .models import LastBackup


@gauge("backup_age_seconds", "Since the last backup was whole; nothing where none was ever made")
def age():
    last = LastBackup.objects.the()
    return last and seconds(timezone.now() - last.made_at)
