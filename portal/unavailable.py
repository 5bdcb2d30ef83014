"""The page shown while the database does not answer: a GET asks again by itself, a POST by a press."""

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from .again import typed_on
from .context_processors import appearance
from .database import in_a_line, server

log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds
WAITED_TOO_LONG = {"55P03", "57014"}  # lock_not_available, query_canceled


def is_meant_by(error):
    """Whether this exception says that the database is away, restarts, or keeps somebody waiting too long."""
    return isinstance(error, (OperationalError, InterfaceError))


def _log(request, error):
    sentence = in_a_line(error)
    if getattr(error.__cause__, "pgcode", None) in WAITED_TOO_LONG or sentence == "database is locked":
        log.warning("%s waited too long for the database: %s", request.path, sentence)
    else:
        server.failed(sentence)


def unavailable(request, error):
    """Made of nothing that needs the database: no user, no session, no setting of the school."""
    _log(request, error)
    context = appearance(request) | {
        "csrf_token": get_token(request),
        "school_contact": settings.SCHOOL_CONTACT,
        "address": request.get_full_path(),
        "asks_by_itself": request.method in ("GET", "HEAD"),
        "seconds": RETRY_AFTER,
        "typed": typed_on(request),
    }
    html = render_to_string("unavailable.html", context)
    return HttpResponse(html, status=503, headers={"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"})
