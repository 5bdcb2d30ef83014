"""How long a session may stand idle, when it was last used, and who stays signed in on their own telephone."""

import time
from datetime import timedelta

from django.contrib.auth import logout
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.school.table import value

from .factors.needed import may_have_factor
from .models import OpenSession

_KEY, _WHY_ENDED = "last used", "why it ended"
WRITTEN_EVERY = 60  # seconds: not every page writes
KEPT_FOR = timedelta(days=30)
_WAS_IDLE = gettext_noop("You have been signed out: nothing happened for a while.")
_NO_LONGER_KEPT = gettext_noop("You have been signed out: staff are not kept signed in for 30 days. Sign in again.")


def begin(session):
    session[_KEY] = int(time.time())


def may_be_kept(user):
    """Families alone: what staff may open shows others' names to whoever finds the telephone."""
    return not may_have_factor(user) and not user.holds_options


def keep(session, user, wanted):
    """Whether it is kept: until a day that using it does not move, so that a lost telephone ends by itself."""
    session[OpenSession.KEPT] = wanted and may_be_kept(user)
    session.set_expiry(timezone.now() + KEPT_FOR if session[OpenSession.KEPT] else None)
    return session[OpenSession.KEPT]


def why_ended(session):
    """A sentence where the session before this one was ended for its holder; said once."""
    return _(session.pop(_WHY_ENDED)) if _WHY_ENDED in session else ""


def _end(request, why):
    logout(request)
    request.session[_WHY_ENDED] = why


class IdleSessions:
    """Ends the session of whoever holds menu options and has done nothing for as long as the school allows, and a kept
    one at the first page after its holder may not have it any more. What they type then comes through signing in again,
    as ever."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and request.session.get(OpenSession.KEPT) and not may_be_kept(request.user):
            _end(request, _NO_LONGER_KEPT)
        idle = time.time() - request.session.get(_KEY, 0) if request.user.is_authenticated else 0
        if idle > WRITTEN_EVERY:
            self._after(idle, request)
        return self.get_response(request)

    def _after(self, idle, request):
        # A session from before this was counted begins now.
        if _KEY in request.session and idle > value("idle_minutes") * 60 and request.user.holds_options:
            _end(request, _WAS_IDLE)
        elif not _asks_by_itself(request):
            begin(request.session)
            OpenSession.objects.filter(session=request.session.session_key).update(seen_at=Now())


def _asks_by_itself(request):
    """A page that is left open asks how far something is, and nobody need be there."""
    return request.method == "GET" and "HX-Request" in request.headers
