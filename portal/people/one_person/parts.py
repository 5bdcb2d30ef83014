"""What is held about a person; whoever holds something of people registers a Part in a module `erasing`."""

from typing import TypeVar

from django.db.models import QuerySet

from portal.people.models import Person

from ..models import User

_parts: dict[str, "Part"] = {}
P = TypeVar("P", bound="Part")
Held = dict[str, list[dict[str, object]]]  # {heading: [{name of a field: value}]}


class Part:
    name: str
    # Models whose rows about a person this part hands out or erases, and those whose rows stay as they are, for they say
    # nothing once the person's own row is blank: "app_label.Model".
    models: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()

    def refusal(self, person: Person, by: User | None) -> str:
        """Why nobody can be erased now, in a sentence, or ""."""
        return ""

    def export(self, rows: list[Person]) -> Held:
        """What is held, as {heading: [{name of a field: value}]}; `rows` are the person's and those merged into it."""
        return {}

    def losses(self, rows: list[Person]) -> list[str]:
        """What would be gone, and what would stay, as sentences."""
        return []

    def erase(self, rows: list[Person], by: User | None) -> None:
        """Blank it; twice is as once."""


def part(cls: type[P]) -> type[P]:
    _parts[cls.name] = cls()
    return cls


def parts() -> list[Part]:
    """In the order of the house's floors."""
    return list(_parts.values())


def rows_of(person: Person) -> list[Person]:
    """The person's row, and those that turned out to be theirs."""
    return [person, *Person.everybody.filter(merged_into=person)]


def plain(queryset: QuerySet, *names: str) -> list[dict[str, object]]:
    """Rows as named fields."""
    return [{name: _said(value) for name, value in row.items()} for row in queryset.order_by("pk").values(*names)]


def _said(value: object) -> object:
    return value if isinstance(value, (bool, int, dict, list, type(None))) else str(value)
