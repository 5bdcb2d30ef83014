from django.shortcuts import render

from portal.menu import requires
from portal.paging import page_of

from .models import AuditEvent


@requires("audit.view")
def trail(request):
    return render(request, "audit/trail.html", {"page": page_of(AuditEvent.objects.all(), request)})
