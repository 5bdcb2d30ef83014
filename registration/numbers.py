"""Registrations, for whoever watches the server."""

from django.db.models import Count

from portal.health.gauges import gauge

from .models import Registration


@gauge("registrations", "Registrations by how far they are", "status")
def registrations():
    counted = Registration.objects.values_list("status").annotate(n=Count("pk"))
    return dict.fromkeys(Registration.Status.values, 0) | dict(counted)
