"""Viewing as somebody else: an administrator looks with their eyes, for a reason, for half an hour, and changes nothing."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.people.models import User

from . import sessions
from .actions import AccessRefused
from .models import Viewing, may_be_impersonated

SESSION_KEY = "viewing"
Ended = Viewing.Ended


def check(user: User) -> None:
    """Raises AccessRefused where this user may not be viewed as."""
    if not may_be_impersonated(user):
        raise AccessRefused(_("Only people who can sign in and hold no administrative option can be viewed as."))


@transaction.atomic
def begin(*, user: User, reason: str, by: User) -> Viewing:
    """The Viewing. Raises AccessRefused. The reason stands in its row, where it can be erased: it may name somebody."""
    check(user)
    viewing = Viewing.objects.create(user=user, reason=reason, by=by)
    record(gettext_noop("started viewing as somebody else"), by=by, subject=user, on_behalf_of=user, reason=viewing)
    return viewing


@transaction.atomic
def end(viewing: Viewing, ended: str) -> None:
    """Pressed in two windows, or found to be over by two pages, it ends once."""
    if Viewing.objects.filter(pk=viewing.pk, ended_at=None).update(ended_at=Now(), ended=ended):
        act = gettext_noop("stopped viewing as somebody else")
        record(act, by=viewing.by, subject=viewing.user, on_behalf_of=viewing.user, ended=str(ended))


def of(session: SessionBase, by: User) -> Viewing | None:
    """The Viewing that this session stands in and that may go on, or None: asked anew on every request."""
    viewing = Viewing.objects.open().filter(pk=session[SESSION_KEY], by=by).select_related("user__person").first()
    allowed = viewing and by.has_perm("access.impersonate") and may_be_impersonated(viewing.user)
    return viewing if allowed else None


def enter(request: HttpRequest, viewing: Viewing) -> None:
    request.session[SESSION_KEY] = viewing.pk
    _renew(request)


def leave(request: HttpRequest) -> None:
    """The administrator is themselves again: no page that was open meanwhile can post anything."""
    del request.session[SESSION_KEY]
    _renew(request)


def _renew(request: HttpRequest) -> None:
    sessions.renew(request)
    rotate_token(request)


def end_what_is_over() -> None:
    """Where no page was opened after the half hour."""
    for viewing in Viewing.objects.overdue().select_related("by", "user"):
        end(viewing, Ended.OVER)


def forget_old() -> None:
    """With the trail that says of them."""
    Viewing.objects.filter(begun_at__lt=Now() - timedelta(days=366 * settings.AUDIT_YEARS)).delete()
