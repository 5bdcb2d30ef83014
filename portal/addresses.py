"""Absolute addresses, and the two sites: the families' (`PORTAL_URL`) and the staff's (`STAFF_URL`)."""

from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings

from portal.marks import marked


class Site(StrEnum):
    FAMILIES = "families"
    STAFF = "staff"


def absolute(site: Site, path: str) -> str:
    """The address of `path` ("/…") as the people of `site` reach it."""
    return (settings.PORTAL_URL if site == Site.FAMILIES else settings.STAFF_URL) + path


def site_of(request):
    """The site a request came to, by the name of its host, or None where both are one. An unknown host is the families'."""
    staff = _host(settings.STAFF_URL)
    if _host(settings.PORTAL_URL) == staff:
        return None
    return Site.STAFF if _host(f"//{request.get_host()}") == staff else Site.FAMILIES


def _host(address):
    return (urlsplit(address).hostname or "").rstrip(".")


def on_families_site(view):
    """Marks a view that the families' host answers too; any other is a 404 there."""
    return marked(view, "on_families_site")
