from datetime import timedelta

from django.db.models.functions import Now

from portal.periodic import every

from .models import Beat


@every(3600)
def forget_processes_long_gone():
    """Those that were killed left their row."""
    Beat.objects.filter(at__lt=Now() - timedelta(days=30)).delete()
