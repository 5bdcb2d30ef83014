"""What machines ask. `/healthz` is in `portal.middleware`: it needs nothing of this."""

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse, JsonResponse

from portal.addresses import on_families_site
from portal.version import VERSION
from portal.visitors import is_beside_us

from . import readiness
from .gauges import gauges


@login_not_required
@on_families_site
def readyz(request):
    """For the operator's monitor: which of us works. 503 where one does not; restarts and proxies look at `/healthz`.

    Who does not work is named to whoever is beside us or has the token; others read whether we are ready.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = {"database": None} | readiness.results(readiness.OURSELVES)
    except DatabaseError:
        found = {"database": readiness.NotReady("away")}
    is_ready = not any(found.values())
    words = {name: result.word if result else "ok" for name, result in found.items()}
    said = words if is_beside_us(request) or _has_token(request) else {"portal": "ready" if is_ready else "not ready"}
    return JsonResponse(said, status=200 if is_ready else 503)


@login_not_required
@on_families_site
def metrics(request):
    """Numbers for Prometheus, counted from rows. To whoever does not have the token there is nothing here."""
    if not _has_token(request):
        raise Http404
    lines = [f'portal_info{{version="{VERSION}"}} 1', *(line for gauge in gauges() for line in gauge.lines())]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _has_token(request):
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(given, settings.METRICS_TOKEN.encode())
