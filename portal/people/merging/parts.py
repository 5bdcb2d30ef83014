"""What joins when two rows are merged; whoever keeps something of people registers a Part in a module `merging`."""

from typing import Any, TypeVar

from django.utils.functional import Promise

from ..models import Person, User

_parts: dict[str, "Part"] = {}
P = TypeVar("P", bound="Part")
Joined = Any  # what a part needs to separate again, as JSON: it alone reads it


class MergeRefused(Exception):
    """Its text is a sentence for whoever merges."""


class Part:
    name: str
    label: str | Promise = ""  # of the choice, where both rows have one

    def refusal(self, kept: Person, gone: Person, by: User) -> str:
        """Why the two cannot be merged now, in a sentence, or ""."""
        return ""

    def choices(self, one: Person, other: Person) -> dict[int, str]:
        """{id of a row: what it has, in words} where both have one and one of them ends."""
        return {}

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        """Move what goes on living to the kept row. `stays` is the id of the row whose stays, where there is a choice.

        Returns what `separate` needs, as JSON. Raises MergeRefused.
        """

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        """Put back what nobody has changed since. Raises MergeRefused."""


def part(cls: type[P]) -> type[P]:
    _parts[cls.name] = cls()
    return cls


def parts() -> list[Part]:
    """In the order of the house's floors."""
    return list(_parts.values())
