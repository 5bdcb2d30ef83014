"""Numbers of the ground floor for whoever watches the server: which portal this is, what does not work, who lives."""

from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone

from . import readiness
from .disk import free_share
from .gauges import gauge, seconds
from .models import SILENT_AFTER, Address, Beat


@gauge("ready", "1 where it is well, 0 where it is not", "check")
def ready():
    found = {**readiness.results(readiness.OURSELVES), **readiness.results(readiness.ACCOUNT)}
    return {name: int(result is None) for name, result in found.items()}


@gauge("processes", "Processes heard of lately", "process")
def processes():
    living = Beat.objects.filter(at__gt=Now() - SILENT_AFTER).values_list("process").annotate(number=Count("pk"))
    return dict.fromkeys(Beat.Process.values, 0) | dict(living)


@gauge("beat_age_seconds", "Since a process of this kind was heard of", "process")
def beats():
    now = timezone.now()
    return {process: max(0, seconds(now - heard.at)) for process, heard in Beat.objects.heard().items()}


@gauge("disk_free_share", "Of the disk beside this process that is free")
def disk():
    return round(free_share(), 3)


@gauge("address_silent_seconds", "Since the portal does not answer under its own address", "site")
def addresses():
    now, silent = timezone.now(), Address.objects.silent().values_list("site", "silent_since")
    return {site: max(0, seconds(now - since)) for site, since in silent}


@gauge("certificate_seconds_left", "How long the certificates of the portal's own addresses are good for", "site")
def certificates():
    now, found = timezone.now(), Address.objects.values_list("site", "certificate_ends_at")
    return {site: seconds(ends_at - now) for site, ends_at in found if ends_at}
