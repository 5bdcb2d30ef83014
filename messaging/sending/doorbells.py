"""Whom a worker rings so that others send with it."""

from portal.doorbell import ring_at_once
from portal.health.models import Beat

PUMP = "messaging.tasks.pump"


def ring_every_worker() -> None:
    """A ring for each: one alone comes back to us as often as not, and the broker serves who waited longest."""
    for _ in range(Beat.objects.here().filter(process=Beat.Process.WORKER).count() or 1):
        ring_at_once(PUMP)
