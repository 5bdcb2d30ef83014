from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import JsonResponse

from portal.addresses import on_families_site

from . import readiness


@login_not_required
@on_families_site
def readyz(request):
    """For the operator's monitor: which of us works. 503 where one does not; restarts and proxies look at `/healthz`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = {"database": None} | readiness.results(readiness.OURSELVES)
    except DatabaseError:
        found = {"database": readiness.NotReady("away")}
    words = {name: result.word if result else "ok" for name, result in found.items()}
    return JsonResponse(words, status=503 if any(found.values()) else 200)
