"""Who was erased, beside the ledger's mark: a backup that is put back does not know it, and brings their names again.

The list holds no name: a row's key, and a sealed sum of the reference it had, so that another school's row of the same
key is nobody's. With Redis it stands there, else in a file.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

from portal.ledger import outside

from ..models import Person


def sealed(person: Person, key: str | None = None) -> str:
    """What stands in the list for this row."""
    said = f"{person.pk} {person.reference_key}"
    return f"{person.pk}:{salted_hmac('portal.people.erased', said, secret=key, algorithm='sha256').hexdigest()}"


def write_down(lines: list[str]) -> None:
    """Raises outside.Away where it cannot be written now."""
    outside.add_to(_NAME, lines)


def read() -> dict[int, set[str]]:
    """{key of a row: the lines about it}. Raises outside.Away."""
    found: dict[int, set[str]] = {}
    for line in outside.all_of(_NAME):
        key, _, _sum = line.partition(":")
        if key.isdigit():
            found.setdefault(int(key), set()).add(line)
    return found


def is_meant(person: Person, lines: set[str]) -> bool:
    """Whether one of the lines is of this very row, by today's key or those of before."""
    return any(sealed(person, key) in lines for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


_NAME = "erased"
