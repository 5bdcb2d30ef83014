"""Second factors as django-allauth keeps them. With `adapter.py` the only place that knows it: its pages, its throttle
and its memory of used codes (both in the cache) are not used.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from portal.people.models import User

from .adapter import Unreadable

Type = Authenticator.Type
_WRONG = (ValidationError, ValueError, TypeError, KeyError, AttributeError)
_SECRETS = ("secret", "seed")


class NotTaken(Exception):
    """The browser's answer was no passkey for what was asked."""


def factors(user: User) -> QuerySet[Authenticator]:
    """What is asked of the user besides their password, the oldest first. Codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Type.RECOVERY_CODES).order_by("pk")


@dataclass(frozen=True)
class Described:
    """A factor as its owner knows it; `name` is that of a passkey, an app has none."""

    pk: int
    name: str
    added_at: datetime


def described(user: User) -> list[Described]:
    return [
        Described(row.pk, row.wrap().name if row.type == Type.WEBAUTHN else "", row.created_at) for row in factors(user)
    ]


def of_users(users: Iterable[User]) -> QuerySet[Authenticator]:
    """Their factors and codes, of which nobody is to be shown more than the kind."""
    return Authenticator.objects.filter(user__in=users)


def has_factor(user: User) -> bool:
    return factors(user).exists()


def with_factor(users: Iterable[User]) -> set[int]:
    """The keys of those of the users who have one."""
    found = Authenticator.objects.filter(user__in=users).exclude(type=Type.RECOVERY_CODES)
    return set(found.values_list("user", flat=True))


def has_app(user: User) -> bool:
    return factors(user).filter(type=Type.TOTP).exists()


def has_passkey(user: User) -> bool:
    return factors(user).filter(type=Type.WEBAUTHN).exists()


def forget_codes_alone(user: User) -> None:
    """Recovery codes stand in for a factor, and are none."""
    if not has_factor(user):
        forget_all(user)


def forget_all(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()


# --- an app that shows codes ---


def new_secret() -> str:
    return totp.generate_totp_secret()


def app_address(user: User, secret: str) -> str:
    """What the app reads from the QR code."""
    return get_adapter().build_totp_url(user, secret)


def app_picture(address: str) -> str:
    return get_adapter().build_totp_svg(address)


def is_code_of(secret: str, code: str) -> bool:
    return totp.validate_totp_code(secret, code)


def add_app(user: User, secret: str) -> Authenticator:
    return totp.TOTP.activate(user, secret).instance


# --- passkeys ---


def ask_for_new_passkey(user: User) -> dict[str, Any]:
    """What the browser is asked for, as JSON can hold it; what must be answered is remembered in the session."""
    return webauthn.begin_registration(user, passwordless=False)


def add_passkey(user: User, name: str, answer: str) -> Authenticator:
    """Raises NotTaken."""
    try:
        credential = json.loads(answer)
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except _WRONG:
        raise NotTaken from None
    return webauthn.WebAuthn.add(user, name, credential).instance


def ask_for_passkey(user: User) -> dict[str, Any]:
    return webauthn.begin_authentication(user)


def passkey_of(user: User, answer: str) -> Authenticator | None:
    """The user's passkey that gave this answer to what the browser was last asked, or None."""
    try:
        credential = json.loads(answer)
        webauthn.parse_authentication_response(credential)
        return webauthn.complete_authentication(user, credential)
    except _WRONG:
        return None


# --- recovery codes ---


def codes_left(user: User) -> int:
    """How many recovery codes are unused; 0 where there have never been any."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return app_settings.RECOVERY_CODE_COUNT - row.data["used_mask"].bit_count() if row else 0


def recovery_codes(user: User) -> list[str]:
    """Those that are unused, to be written down."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    try:
        return row.wrap().get_unused_codes() if row else []
    except Unreadable:
        return []


def renew_recovery_codes(user: User) -> None:
    """Inside a transaction that holds the user's row."""
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)


# --- what somebody gives ---


@transaction.atomic
def factor_of_code(user: User, code: str) -> Authenticator | None:
    """The factor whose code this is, used up by it; or None. Of two who give one code at once the second has none.

    Raises Unreadable where none of theirs can be read: no code would be right.
    """
    rows = Authenticator.objects.select_for_update().filter(user=user).exclude(type=Type.WEBAUTHN).order_by("-type")
    lost = 0
    for row in rows:
        try:
            fits = _is_of_app(row, code) if row.type == Type.TOTP else row.wrap().validate_code(code)
        except Unreadable:
            lost += 1
            continue
        if fits:
            return row
    if lost and lost == len(rows):
        raise Unreadable
    return None


def _is_of_app(row: Authenticator, code: str) -> bool:
    """No code is good twice, and none that is older than one given before."""
    secret = get_adapter().decrypt(row.data["secret"])
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > row.data.get("last", 0) and compare_user_code(actual=code, expected=expected):
            row.data["last"] = counter
            row.save(update_fields=["data"])
            return True
    return False


# --- keys ---


@transaction.atomic
def close_anew() -> tuple[str, int, int]:
    """With the newest of the portal's keys. Returns (what they are, how many, how many open with no key)."""
    adapter, lost = get_adapter(), 0
    rows = list(Authenticator.objects.select_for_update().exclude(type=Type.WEBAUTHN))
    for row in rows:
        try:
            row.data |= {
                name: adapter.encrypt(adapter.decrypt(row.data[name])) for name in _SECRETS if name in row.data
            }
        except Unreadable:
            lost += 1
        row.save(update_fields=["data"])
    return "second factors", len(rows), lost
