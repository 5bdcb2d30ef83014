"""Secrets at rest: a text column encrypted with the keys of `PORTAL_KEYS`, newest first."""

from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.expressions import Combinable

# Of whoever keeps secrets elsewhere than in an EncryptedField: a function that closes them anew, for `rotate_keys`, and
# returns (what they are, how many there are, how many of them open with no key).
Elsewhere = Callable[[], tuple[str, int, int]]
_elsewhere: list[Elsewhere] = []


def kept_elsewhere(function: Elsewhere) -> Elsewhere:
    _elsewhere.append(function)
    return function


def rotate_elsewhere() -> list[tuple[str, int, int]]:
    return [function() for function in _elsewhere]


def box() -> MultiFernet:
    """Encrypts with the newest of the portal's keys, and opens what any of them closed."""
    return MultiFernet([Fernet(key) for key in settings.PORTAL_KEYS])


def closed(text: str, context: str) -> str:
    """The text, to be opened again for the same context only."""
    return box().encrypt(f"{context}\0{text}".encode()).decode()


def opened(sealed: str, context: str) -> str | None:
    """The text, or None where it opens with no key, or was closed for another context."""
    try:
        found, _nul, text = box().decrypt(sealed.encode()).decode().partition("\0")
    except InvalidToken:
        return None
    return text if found == context else None


class Secret:
    """A text that shows itself only when asked: str() and repr() give dots."""

    __slots__ = ("_text",)
    is_unreadable = False

    def __init__(self, text: str = "") -> None:
        self._text = text

    @property
    def is_stored(self) -> bool:
        """Whether there is one at all, be it one that cannot be read."""
        return bool(self) or self.is_unreadable

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return "••••••" if self._text else ""

    __repr__ = __str__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class UnreadableSecret(Secret):
    """What stands in the row opens with none of the keys, or was damaged. It is worth as much as none, so pages work and
    somebody can type it again; what stands there is kept, because the lost key may be found."""

    __slots__ = ("sealed",)
    is_unreadable = True

    def __init__(self, sealed: str) -> None:
        super().__init__()
        self.sealed = sealed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnreadableSecret) and other.sealed == self.sealed

    def __hash__(self) -> int:
        return hash(self.sealed)


class EncryptedField(models.TextField):
    """Holds a Secret. The column's own name is encrypted with it, so that a value copied to another column is not read."""

    # What may be set and what is read, for the types: django-stubs looks for these names.
    _pyi_private_set_type: Secret | Combinable  # type: ignore[assignment] # a column of text, and no str
    _pyi_private_get_type: Secret  # type: ignore[assignment]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"blank": True, "default": Secret, "editable": False, **kwargs})

    @property
    def _context(self):
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value):
        if isinstance(value, UnreadableSecret):
            return value.sealed
        text = value.reveal() if isinstance(value, Secret) else (value or "")
        return closed(text, self._context) if text else ""

    def from_db_value(self, value, expression, connection):
        if not value:
            return Secret()
        text = opened(value, self._context)
        return UnreadableSecret(value) if text is None else Secret(text)
