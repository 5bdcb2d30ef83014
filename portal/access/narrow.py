"""Narrow sessions: begun with something weaker than a password, they open the few views marked for them and no other.

A floor above says with `@kind("…")` what its sessions stand on, and asks of it on every request whether it still holds;
`request.narrow` is what it answered, or None where the session is a whole one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from portal.marks import marked

SESSION_KEY = "narrow"
LASTS = 3600  # seconds
_BACKEND = "portal.access.backends.OfTheSchool"
REFUSAL = _(
    "With a personal code you can register, see your own registration and stop. For everything else sign in with a "
    "password."
)


@dataclass(frozen=True)
class _Kind:
    stands: Callable[..., object]  # (user, held) → what the session stands on, or None where it stands no more
    own_page: tuple  # what `redirect` takes, to where such a session begins


_kinds: dict[str, _Kind] = {}


def kind(name, *, own_page):
    def add(stands):
        _kinds[name] = _Kind(stands, own_page)
        return stands

    return add


def begin(request, user, name, held):
    """Ends whatever session there was; `held` (what JSON can hold) is given back to the kind on every request."""
    request.session.flush()
    request.comes_by_code = True
    login(request, user, backend=_BACKEND)
    request.session[SESSION_KEY] = {"kind": name, "held": held}
    request.session.set_expiry(LASTS)


def widen(request):
    """Somebody has given their password: the session is a whole one."""
    if request.session.pop(SESSION_KEY, None) is not None:
        request.session.set_expiry(None)
    request.narrow = None


def allowed(view):
    """Marks a view that narrow sessions open too."""
    return marked(view, "allowed_in_narrow_sessions")


class NarrowSessions:
    """Refuses everything not marked, before any view is asked."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.narrow = None
        stored = request.session.get(SESSION_KEY)
        if stored is not None:
            if request.user.is_authenticated:
                request.narrow = _kinds[stored["kind"]].stands(request.user, stored["held"])
            if request.narrow is None:
                logout(request)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.narrow is None or getattr(view, "allowed_in_narrow_sessions", False):
            return None
        own_page = _kinds[request.session[SESSION_KEY]["kind"]].own_page
        if request.method == "GET" and request.resolver_match.view_name in ("home", "dashboard"):
            return redirect(*own_page)
        raise PermissionDenied(REFUSAL)
