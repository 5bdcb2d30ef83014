from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from portal.doorbell import ring
from portal.periodic import every

from . import operator
from .models import Beat
from .outside import LOOKED_EVERY


@every(max(5, 30 / settings.SENDING_TIME_SCALE))
def tell_the_operator():
    operator.look()


@every(LOOKED_EVERY.total_seconds() / 2)
def look_from_outside():
    ring("portal.health.tasks.look_from_outside")


@every(3600)
def forget_processes_long_gone():
    """Those that were killed left their row."""
    ago = Now() - timedelta(days=30)
    Beat.objects.filter(Q(at__lt=ago) | Q(at=None, began_at__lt=ago)).delete()
