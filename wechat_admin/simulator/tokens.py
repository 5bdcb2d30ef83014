"""`gettoken` (doc 91039), and what an access token is worth."""

import secrets

from . import account
from .clock import HOUR, now
from .models import AccessToken
from .refusal import Refusal

LIFE = 2 * HOUR
LONGEST = 512  # bytes of a token: whoever keeps one must have room for it
FOR_EVER = 1e12


def gettoken(request):
    corpid, secret = request.query.get("corpid", ""), request.query.get("corpsecret", "")
    if not corpid:
        raise Refusal(41002, "corpid missing")
    if not secret:
        raise Refusal(41004, "corpsecret missing")
    if corpid != account.CORPORATION_ID:
        raise Refusal(40013, "invalid corpid")
    if secret not in account.SECRETS:
        raise Refusal(40001, "invalid credential")
    kind, settings = account.SECRETS[secret], request.settings
    if settings["gettoken_checks_ip"]:
        check_address(kind, settings)
    if kind == account.APPLICATION and not settings["application_enabled"]:
        raise Refusal(40001 if settings["switched_off_is_40001"] else 50003, "app disabled")
    token = None if settings["new_token_each_time"] else _handed_out(kind)
    if token is None:
        if settings["new_token_ends_earlier"]:
            kill(of=kind)
        token = AccessToken.objects.create(
            token=secrets.token_urlsafe(LONGEST * 3 // 4), kind=kind, expires_at=now() + LIFE
        )
    return {"access_token": token.token, "expires_in": max(1, round(token.expires_at - now()))}


def _handed_out(kind):
    return AccessToken.objects.filter(kind=kind, is_handed_out=True, expires_at__gt=now()).last()


def kind_of(given):
    """Whose secret the token came from. Raises Refusal where it is not, or no longer, worth anything."""
    if not given:
        raise Refusal(41001, "access_token missing")
    token = AccessToken.objects.filter(token=given).first()
    if token is None:
        raise Refusal(40014, "invalid access_token")
    if token.refused_until > now():
        raise Refusal(token.refused_with, "access_token expired" if token.refused_with == 42001 else "invalid token")
    if token.expires_at <= now():
        raise Refusal(42001, "access_token expired")
    return token.kind


def check_use(kind, settings):
    """What every call but `gettoken` looks at."""
    check_address(kind, settings)
    if kind == account.APPLICATION and not settings["application_enabled"]:
        raise Refusal(50003, "app disabled")


def check_address(kind, settings):
    own = "application_trusted_ip" if kind == account.APPLICATION else "sync_trusted_ip"
    if not settings["trusted_ip"] or not settings[own]:
        raise Refusal(60020, "not allow to access from your ip")


def kill(*, code=42001, seconds=FOR_EVER, same_again=False, of=None):
    """From now on every token is refused, for so long; `same_again`: `gettoken` still hands the same string out."""
    dying = AccessToken.objects.filter(kind=of) if of else AccessToken.objects.all()
    dying.update(refused_until=now() + seconds, refused_with=code, is_handed_out=same_again)
