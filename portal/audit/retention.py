"""What is older than the school keeps it goes, whole sealed blocks at a time; their hash stays, and that they went."""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from .actions import record
from .models import Block


def drop_what_is_old():
    old = Block.objects.filter(dropped_at=None, newest_at__lt=Now() - timedelta(days=366 * settings.AUDIT_YEARS))
    for block in old.order_by("number"):
        drop(block)


@transaction.atomic
def drop(block):
    """The one way in which events go: the database lets it, and nothing else (triggers.py)."""
    if not Block.objects.filter(pk=block.pk, dropped_at=None).update(dropped_at=Now()):
        return
    before = Block.objects.filter(number__lt=block.number).order_by("-number").first()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_auditevent WHERE id > %s AND id <= %s", [before.last if before else 0, block.last]
        )
    record(
        gettext_noop("dropped a sealed block of the trail"),
        by=None,
        subject=block,
        events=block.events,
        until=block.newest_at.date().isoformat(),
    )
