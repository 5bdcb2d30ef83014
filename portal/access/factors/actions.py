from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.mail.actions import post
from portal.people.models import User

from .. import sessions
from ..account_actions import check_may_decide
from ..actions import AccessRefused, is_system_administrator
from ..letters import FACTOR_ADDED, FACTOR_REMOVED
from . import authenticators
from .needed import needs_factor


def _lock(user: User) -> None:
    get_user_model().objects.select_for_update().get(pk=user.pk)


@transaction.atomic
def add_app(*, secret: str, session: str | None, by: User) -> None:
    """`session` is the key of the one it is added in; others were begun without it, and end."""
    _lock(by)
    if authenticators.has_app(by):
        raise AccessRefused(_("There is an app already. Remove it first."))
    authenticators.add_app(by, secret)
    _added(by, session, "app")


@transaction.atomic
def add_passkey(*, name: str, answer: str, session: str | None, by: User) -> None:
    """Raises AccessRefused where the browser's answer is none to what it was asked."""
    _lock(by)
    try:
        authenticators.add_passkey(by, name, answer)
    except authenticators.NotTaken:
        raise AccessRefused(_("That was no passkey for this page. Try again.")) from None
    _added(by, session, "passkey")


def _added(user: User, session: str | None, kind: str) -> None:
    if authenticators.factors(user).count() == 1:
        authenticators.renew_recovery_codes(user)
        sessions.end(sessions.open_sessions(user).exclude(session_id=session))
    record(gettext_noop("added a second factor"), by=user, subject=user, kind=kind)
    post(kind=FACTOR_ADDED, about=user.pk)


@transaction.atomic
def renew_codes(*, by: User) -> None:
    _lock(by)
    if not authenticators.has_factor(by):
        raise AccessRefused(_("Recovery codes stand in for a second factor. Add one first."))
    authenticators.renew_recovery_codes(by)
    record(gettext_noop("made new recovery codes"), by=by, subject=by)


@transaction.atomic
def remove_factor(*, pk: int, by: User) -> None:
    """One of their own. Raises AccessRefused."""
    _lock(by)
    found = authenticators.factors(by).filter(pk=pk)
    if not found.exists():
        raise AccessRefused(_("It is removed already."))
    if needs_factor(by) and authenticators.factors(by).count() == 1:
        raise AccessRefused(_("Your administrator profile needs a second factor. Add another one first."))
    kind = found.get().type
    found.delete()
    authenticators.forget_codes_alone(by)
    record(gettext_noop("removed a second factor"), by=by, subject=by, kind=kind)
    post(kind=FACTOR_REMOVED, about=by.pk)


@transaction.atomic
def remove_factors(*, user: User, by: User | None) -> None:
    """All of somebody who has lost theirs: by another System Administrator, or (None) by whoever has the server."""
    if by is not None:
        check_may_decide(user=user, by=by)
        if not is_system_administrator(by):
            raise AccessRefused(_("Only a System Administrator removes somebody's second factor."))
    _lock(user)
    if not authenticators.has_factor(user):
        raise AccessRefused(_("They have no second factor."))
    authenticators.forget_all(user)
    sessions.end(sessions.open_sessions(user))
    record(gettext_noop("removed somebody's second factors"), by=by, subject=user)
    post(kind=FACTOR_REMOVED, about=user.pk)
