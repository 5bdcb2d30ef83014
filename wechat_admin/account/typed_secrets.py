"""Secrets that were typed into a form which could not be saved: kept encrypted in the session for a quarter of an hour,
so that they need not be typed again although they never go back to the browser."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

KEY = "typed secrets"
LIFETIME = 15 * 60
FIELDS = ("application_secret", "address_book_secret")


def _box():
    return MultiFernet([Fernet(key) for key in settings.PORTAL_KEYS])


def keep(session, values):
    """`values` are {field: what was typed}; empty ones are left out."""
    values = {name: value for name, value in values.items() if name in FIELDS and value}
    session[KEY] = _box().encrypt(json.dumps(values).encode()).decode()


def kept(session):
    """{field: what was typed before}"""
    try:
        return json.loads(_box().decrypt(session.get(KEY, "").encode(), ttl=LIFETIME))
    except InvalidToken:
        return {}


def forget(session):
    session.pop(KEY, None)
