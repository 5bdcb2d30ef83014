from itertools import islice

from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.csv_files import download
from portal.heavy import DOWNLOAD, SEARCH, one_at_a_time, searches
from portal.menu import requires
from portal.paging import page_or_sheet

from . import sealing, words
from .filters import TrailFilter
from .looking import hands_out_names, shows_names
from .models import AuditEvent
from .reading import entries, thing_of

AT_ONCE = 500


@requires("audit.view")
@shows_names(gettext_noop("looked at the audit trail"))
@one_at_a_time(SEARCH, when=searches)
def trail(request):
    form = TrailFilter(request)
    page = page_or_sheet(form.of(AuditEvent.objects.all()), request)
    context = {
        "page": page,
        "entries": entries(page.rows, request.user),
        "form": form,
        "found": words.find(form.text),
        "chosen": [(label, thing_of(key, request.user)) for label, key in form.chosen],
        "head": sealing.head(),
    }
    return render(request, "audit/trail.html", context)


def _asked(request):
    return {"asked": TrailFilter(request).query}


@requires("audit.view")
@hands_out_names(gettext_noop("downloaded the audit trail"), details=_asked)
@one_at_a_time(DOWNLOAD)
def trail_csv(request):
    """The same as a table to download."""
    events = TrailFilter(request).of(AuditEvent.objects.all()).order_by("-pk")
    header = [_("Number"), _("When"), _("Who"), _("What"), _("About"), _("viewing as"), _("Details")]
    return download(request, "audit.csv", header, _lines(events, request.user))


def _lines(events, reader):
    """Names are looked up for some hundred events at a time."""
    rest = events.iterator(AT_ONCE)
    while some := list(islice(rest, AT_ONCE)):
        yield from map(_line, entries(some, reader))


def _line(entry):
    event = entry.event
    return [
        event.pk,
        f"{localtime(event.at):%Y-%m-%d %H:%M:%S}",
        entry.who.words,
        entry.what,
        entry.about.words if entry.about else "",
        entry.viewed.words if entry.viewed else "",
        entry.in_a_line,
    ]
