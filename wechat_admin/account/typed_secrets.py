"""Secrets that were typed into a form which could not be saved: kept encrypted in the session for a quarter of an hour,
so that they need not be typed again although they never go back to the browser."""

import json
from collections.abc import Mapping

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase

from portal.crypto import box

KEY = "typed secrets"
LIFETIME = 15 * 60
FIELDS = ("application_secret", "address_book_secret")


def keep(session: SessionBase, values: Mapping[str, str]) -> None:
    """`values` are {field: what was typed}; empty ones are left out."""
    values = {name: value for name, value in values.items() if name in FIELDS and value}
    session[KEY] = box().encrypt(json.dumps(values).encode()).decode()


def kept(session: SessionBase) -> dict[str, str]:
    """{field: what was typed before}"""
    try:
        return json.loads(box().decrypt(session.get(KEY, "").encode(), ttl=LIFETIME))
    except InvalidToken:
        return {}


def forget(session: SessionBase) -> None:
    session.pop(KEY, None)
