"""A sign-in from the right password to its first page, with the second factor between the two for whoever has one."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.people.models import User
from portal.people.views import remember_language

from . import actions, devices, narrow, sessions
from .backends import OfTheSchool
from .factors.needed import SESSION_KEY, may_have_factor
from .known_browsers import known_browser, remember

_KEY = "password given"
_LASTS = 600  # seconds


def wait_for_factor(request: HttpRequest, user: User) -> None:
    """The password was right; nobody is signed in by it yet."""
    request.session[_KEY] = {"user": user.pk, "password": user.get_session_auth_hash(), "at": int(time.time())}


def waiting(request: HttpRequest) -> User | None:
    """Whose password was right in this session a while ago, or None."""
    given = request.session.get(_KEY)
    if given is None or time.time() - given["at"] > _LASTS:
        return None
    user = OfTheSchool().get_user(given["user"])
    is_same = user is not None and constant_time_compare(given["password"], user.get_session_auth_hash())
    return user if is_same else None


def sign_in(
    request: HttpRequest,
    user: User,
    *,
    typed: list[tuple[str, str]],
    address: str,
    by_factor: bool = False,
    keep: bool = False,
) -> HttpResponse:
    """The answer: their first page, the page they asked for, or what they had typed when their session ended."""
    request.session.pop(_KEY, None)
    is_new = may_have_factor(user) and not known_browser(request, user) and sessions.has_signed_in(user)
    login(request, user, backend="portal.access.backends.OfTheSchool")
    narrow.widen(request)
    if not devices.keep(request.session, user, keep) and keep:
        messages.info(request, _("Staff are not kept signed in for 30 days: you stay signed in as usual."))
    if by_factor:
        request.session[SESSION_KEY] = True
    actions.record_own_act(gettext_noop("signed in"), user=user)
    if is_new:
        actions.tell_of_browser(event=sessions.note(request, user, sessions.What.NEW_BROWSER))
    response = go_on(request, typed) if typed else redirect(_own(request, address))
    remember(request, response, user)
    person = getattr(user, "person", None)
    if person and person.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        remember_language(response, person.language)
    return response


def go_on(request: HttpRequest, typed: list[tuple[str, str]]) -> HttpResponse:
    """What they had typed when their session ended, to be sent by a press."""
    context = {"title": _("You are signed in again"), "typed": typed, "offers_again": True}
    return render(request, "error.html", context)


def _own(request: HttpRequest, address: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    # "news" would be taken for the name of a page.
    return address if is_ours and address.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)
