"""Whose reference it is that somebody typed: one without regard to case, width and marks nobody sees, never a look-alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from .models import Person
from .models.person import PersonQuerySet
from .typed import items, key, resemblance

AT_ONCE = 500
T = TypeVar("T")


class Holders(Generic[T]):
    """People by their references; several of one only where look-alikes were there before keys were kept."""

    def __init__(self) -> None:
        self._by_key: dict[str, dict[str, T]] = defaultdict(dict)

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def add(self, reference: str, person: T) -> None:
        self._by_key[key(reference)][reference] = person

    def of(self, reference: str) -> T | None:
        """Whose it is; None for nobody's, and for one of several that none of them has exactly so."""
        return self.of_key(key(reference), reference)

    def of_key(self, its_key: str, reference: str) -> T | None:
        """The same, for whoever has the key of the reference at hand."""
        holders = self._by_key.get(its_key)
        if not holders:
            return None
        return holders.get(reference) or (next(iter(holders.values())) if len(holders) == 1 else None)

    def among(self, reference: str) -> list[str]:
        """The references of those whose it may be."""
        return sorted(self._by_key.get(key(reference), {}))

    def people(self) -> list[T]:
        return [person for holders in self._by_key.values() for person in holders.values()]


def looking_like(references: Iterable[str]) -> dict[str, list[str]]:
    """{how a reference looks: references of people that a spreadsheet, a keyboard or an eye makes of it}; one query."""
    looks = {resemblance(reference) for reference in references}
    return of_looks(Person.objects.filter(reference_look__in=looks) if looks else Person.objects.none())


def of_looks(people: PersonQuerySet) -> dict[str, list[str]]:
    """{how their references look: the references}"""
    found: dict[str, list[str]] = defaultdict(list)
    for look, reference in people.order_by("pk").values_list("reference_look", "reference"):
        found[look].append(reference)
    return found


def meant(references: list[str]) -> str:
    """The question whether somebody meant one of these references instead; "" where there is none."""
    return _("Is “%(references)s” meant?") % {"references": "”, “".join(references[:3])} if references else ""


@dataclass
class Found:
    ids: dict[str, int] = field(default_factory=dict)  # as it was typed → id of the person
    nobodys: list[str] = field(default_factory=list)  # as they were typed
    holders: Holders[int] = field(default_factory=Holders)

    @property
    def people(self) -> list[int]:
        return list(dict.fromkeys(self.ids.values()))

    def questions(self) -> dict[str, str]:
        """{what is nobody's, as typed: who may be meant, as a question, or ""}."""
        alike = looking_like(self.nobodys)
        return {typed: meant(self.holders.among(typed) or alike[resemblance(typed)]) for typed in self.nobodys}


def find(typed: Collection[str]) -> Found:
    """Found of references as somebody typed them; a query for every 500 of them."""
    found = Found(holders=_holders({key(reference) for reference in typed}))
    for reference in typed:
        pk = found.holders.of(reference)
        if pk:
            found.ids[reference] = pk
        else:
            found.nobodys.append(reference)
    return found


def find_in(text: str) -> Found:
    """Found of a list as somebody types it: a reference a line, or with commas, semicolons or blanks between."""
    return find([reference for line in separated(text.splitlines()) for reference in line])


def separated(lines: list[str]) -> list[list[str]]:
    """The references of each line. Whatever separates stands for itself in a reference that somebody has."""
    listed = [items(line) for line in lines]
    known = find([*lines, *(item for line in listed for item in line)]).ids
    return [
        [line] if line in known else [part for item in parts for part in ([item] if item in known else item.split())]
        for line, parts in zip(lines, listed, strict=True)
    ]


def _holders(keys: set[str]) -> Holders[int]:
    holders: Holders[int] = Holders()
    wanted = sorted(keys)
    for start in range(0, len(wanted), AT_ONCE):
        some = Person.everybody.filter(reference_key__in=wanted[start : start + AT_ONCE])
        # The reference of a row that was merged leads to whom it was merged into.
        for reference, pk in some.values_list("reference", Coalesce("merged_into", "pk")):
            holders.add(reference, pk)
    return holders
