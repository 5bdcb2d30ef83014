from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record

from ..models import Departure, LastDay, Person, User
from ..roles import Role
from . import objections


class LeavingRefused(Exception):
    """Its text is a sentence for whoever said that somebody leaves."""


@transaction.atomic
def set_last_days(last_days: Mapping[tuple[int, Role], date | None], *, by: User | None) -> Departure | None:
    """`last_days` is {(id of a person, role): the last day, or None for somebody who stays}; others stay as they are.

    Returns the Departure, by which it is taken back; None where nothing changes. Raises LeavingRefused.
    """
    people = _locked({pk for pk, _role in last_days})
    rows = [
        LastDay(person=people[pk], role=role, before=getattr(people[pk], role.last_day), after=day)
        for (pk, role), day in last_days.items()
        if pk in people and getattr(people[pk], role.column) and getattr(people[pk], role.last_day) != day
    ]
    if not rows:
        return None
    departure = Departure.objects.create(by=by)
    LastDay.objects.bulk_create(_of(departure, row) for row in rows)
    for row in rows:
        setattr(row.person, Role(row.role).last_day, row.after)
    _save({row.person_id: row.person for row in rows})
    for row in rows:
        act = gettext_noop("set a last day") if row.after else gettext_noop("took a last day away")
        record(act, by=by, subject=row.person, role=row.role, last_day=str(row.after or ""))
    return departure


def _of(departure: Departure, row: LastDay) -> LastDay:
    row.departure = departure
    return row


def _locked(ids: Iterable[int]) -> dict[int, Person]:
    return {person.pk: person for person in Person.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def _save(people: dict[int, Person]) -> None:
    """Raises LeavingRefused where one of them cannot leave."""
    found = objections([pk for pk, person in people.items() if person.user_id and not person.goes_on])
    if found:
        named = [f"{people[pk].name}: {sentence}" for pk, sentence in found.items()]
        raise LeavingRefused(" ".join(named))
    Person.objects.bulk_update(people.values(), [role.last_day for role in Role])


@transaction.atomic
def take_back(departure: Departure, *, by: User | None) -> list[Person]:
    """Whatever nobody has changed since is as it was before. Returns the people of whom something else was said since.

    Raises LeavingRefused where it was taken back already.
    """
    if not Departure.objects.filter(pk=departure.pk, taken_back_at=None).update(taken_back_at=Now()):
        raise LeavingRefused(_("This was taken back already."))
    # What was said of a row that was merged since, the kept one's says now.
    rows = list(departure.last_days.filter(person__merged_into=None).order_by("pk"))
    people, others = _locked({row.person_id for row in rows}), []
    for row in rows:
        person, column = people[row.person_id], Role(row.role).last_day
        if getattr(person, column) == row.after:
            setattr(person, column, row.before)
        else:
            others.append(person)
    _save(people)
    for pk in dict.fromkeys(row.person_id for row in rows):
        if people[pk] not in others:
            record(gettext_noop("took a departure back"), by=by, subject=people[pk])
    return list(dict.fromkeys(others))
