"""A browser that somebody has signed in with is known for their account: a stranger who guesses does not lock them out.

The cookie names a browser and the accounts it is known for, by their ids, and is signed.
"""

import secrets
from typing import TypedDict

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from portal.people.models import User

COOKIE = "known-browser"
_KEPT_FOR = 365 * 24 * 3600  # seconds
_MOST_ACCOUNTS = 8  # a family's computer


class Known(TypedDict):
    """What the cookie says."""

    id: str
    accounts: list[int]


def known_browser(request: HttpRequest, user: User | None) -> str:
    """The browser's own id where it is known for this user, else ""."""
    known = _read(request)
    return known["id"] if user is not None and user.pk in known["accounts"] else ""


def browser_of(request: HttpRequest) -> str:
    """The id of a browser that has been given one, else ""."""
    return _read(request)["id"] if COOKIE in request.COOKIES else ""


def remember(request: HttpRequest, response: HttpResponse, user: User | None = None) -> None:
    """This browser has shown that it is the user's; without one it is told from others and no more."""
    known = _read(request)
    own = [user.pk] if user else []
    others = [pk for pk in known["accounts"] if pk not in own]
    text = signing.dumps({"id": known["id"], "accounts": [*own, *others][:_MOST_ACCOUNTS]}, salt=COOKIE)
    response.set_cookie(
        COOKIE,
        text,
        max_age=_KEPT_FOR,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> Known:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=_KEPT_FOR)
    except signing.BadSignature:
        return {"id": secrets.token_urlsafe(12), "accounts": []}
