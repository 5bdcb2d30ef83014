"""What staff do with their own second factors."""

import base64
import time
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.crypto import closed, opened
from portal.forms import posted
from portal.fresh_proof import always, asks_for_proof
from portal.menu import requires
from portal.people.models import User

from ..account_views import page_of
from ..actions import AccessRefused
from . import actions, authenticators
from .forms import NewAppForm, NewPasskeyForm
from .needed import SENTENCE, SESSION_KEY, may_have_factor, needs_factor, opens_without_factor

_NEW_APP, _SHOW_CODES = "secret of a new app", "recovery codes are shown until"
_SHOWN_FOR = 900  # seconds


def for_oneself(view):
    """For staff alone, and for nobody who views as somebody else."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.real_user:
            raise PermissionDenied(_("You are viewing as somebody else. Only they themselves see this."))
        if not may_have_factor(request.user):
            raise PermissionDenied(_("Second factors are for staff."))
        return view(request, *args, **kwargs)

    return opens_without_factor(checked)


@for_oneself
def factors(request):
    needed = needs_factor(request.user)
    listed = authenticators.described(request.user)
    context = {
        "factors": listed,
        "has_app": authenticators.has_app(request.user),
        "codes_left": authenticators.codes_left(request.user),
        "needed": needed,
        "sentence": SENTENCE if needed and not listed else "",
    }
    return render(request, "access/factors/factors.html", context)


@for_oneself
@asks_for_proof(when=always)
def add_app(request):
    """The secret stands in the session, closed, until its first code has come."""
    secret = opened(request.session.get(_NEW_APP, ""), _NEW_APP) if request.method == "POST" else None
    if secret is None:
        secret = authenticators.new_secret()
        request.session[_NEW_APP] = closed(secret, _NEW_APP)
    form = NewAppForm(posted(request), secret=secret)
    if form.is_valid():
        try:
            actions.add_app(secret=secret, session=request.session.session_key, by=request.user)
        except AccessRefused as refused:
            messages.error(request, str(refused))
            return redirect("factors")
        del request.session[_NEW_APP]
        return _added(request)
    picture = authenticators.app_picture(authenticators.app_address(request.user, secret))
    context = {"form": form, "secret": secret, "picture": base64.b64encode(picture.encode()).decode()}
    return render(request, "access/factors/add_app.html", context)


@for_oneself
@asks_for_proof(when=always)
def add_passkey(request):
    form = NewPasskeyForm(posted(request))
    if form.is_valid():
        try:
            actions.add_passkey(session=request.session.session_key, by=request.user, **form.cleaned_data)
        except AccessRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _added(request)
    context = {"form": form, "passkey": authenticators.ask_for_new_passkey(request.user)}
    return render(request, "access/factors/add_passkey.html", context)


def _added(request):
    is_first = not request.session.get(SESSION_KEY)
    request.session[SESSION_KEY] = True
    messages.success(request, _("Added. It is asked for when you sign in."))
    if is_first:
        return _show_codes(request)
    return redirect("factors")


def _show_codes(request):
    request.session[_SHOW_CODES] = int(time.time()) + _SHOWN_FOR
    return redirect("recovery-codes")


@for_oneself
def recovery_codes(request):
    """Shown after they were made until it is said that they are kept, and never again."""
    if request.method == "POST":
        request.session.pop(_SHOW_CODES, None)
        return redirect("factors")
    if request.session.get(_SHOW_CODES, 0) < time.time():
        return redirect("factors")
    return render(request, "access/factors/codes.html", {"codes": authenticators.recovery_codes(request.user)})


@for_oneself
@require_POST
@asks_for_proof()
def renew_codes(request):
    try:
        actions.renew_codes(by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
        return redirect("factors")
    return _show_codes(request)


@for_oneself
@require_POST
@asks_for_proof()
def remove_factor(request, pk):
    try:
        actions.remove_factor(pk=pk, by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Removed."))
        if not authenticators.has_factor(request.user):
            request.session.pop(SESSION_KEY, None)
    return redirect("factors")


@requires("access.manage_accounts")
@require_POST
@asks_for_proof()
def remove_factors_of(request, pk):
    """For somebody who has lost theirs."""
    user = get_object_or_404(User.objects.select_related("person"), pk=pk)
    try:
        actions.remove_factors(user=user, by=request.user)
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Their second factors are removed, and they are told by e-mail."))
    return redirect(page_of(user))
