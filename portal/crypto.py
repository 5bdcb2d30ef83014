"""Secrets at rest: a text column encrypted with the keys of `PORTAL_KEYS`, newest first."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def box():
    """Encrypts with the newest of the portal's keys, and opens what any of them closed."""
    return MultiFernet([Fernet(key) for key in settings.PORTAL_KEYS])


class Secret:
    """A text that shows itself only when asked: str() and repr() give dots."""

    __slots__ = ("_text",)

    def __init__(self, text=""):
        self._text = text

    def reveal(self):
        return self._text

    def __str__(self):
        return "••••••" if self._text else ""

    __repr__ = __str__

    def __bool__(self):
        return bool(self._text)

    def __eq__(self, other):
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self):
        return hash(self._text)


class EncryptedField(models.TextField):
    """Holds a Secret. The column's own name is encrypted with it, so that a value copied to another column is refused."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"blank": True, "default": Secret, "editable": False, **kwargs})

    @property
    def _context(self):
        return f"{self.model._meta.label_lower}.{self.name}\0"

    def get_prep_value(self, value):
        text = value.reveal() if isinstance(value, Secret) else (value or "")
        return box().encrypt((self._context + text).encode()).decode() if text else ""

    def from_db_value(self, value, expression, connection):
        if not value:
            return Secret()
        try:
            text = box().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored secret cannot be read with the keys in PORTAL_KEYS. Put the key it was written with back."
            ) from None
        if not text.startswith(self._context):
            raise ImproperlyConfigured("A stored secret stands in a column it was not written for.")
        return Secret(text.removeprefix(self._context))
