import logging

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.ledger import outside

from ..models import Erasure, Person, User
from . import lists
from .parts import Held, parts, rows_of

log = logging.getLogger(__name__)


class ErasureRefused(Exception):
    """Its text is a sentence for whoever erases."""


def export_of(person: Person) -> Held:
    """{heading: [{field: value}]} of everything held about them."""
    rows = rows_of(person)
    return {heading: found for part in parts() for heading, found in part.export(rows).items() if found}


def losses_of(person: Person) -> list[str]:
    rows = rows_of(person)
    return [sentence for part in parts() for sentence in part.losses(rows)]


def why_not(person: Person, by: User | None) -> str:
    """The sentence of the first part that refuses, or ""."""
    return next(filter(None, (part.refusal(person, by) for part in parts())), "")


@transaction.atomic
def erase(*, person: Person, by: User | None) -> None:
    """Blank what tells who they were, everywhere. It cannot be taken back. Raises ErasureRefused."""
    person = Person.everybody.select_for_update().get(pk=person.pk)
    if person.merged_into_id or person.erased_at:
        return
    if refusal := why_not(person, by):
        raise ErasureRefused(refusal)
    rows = rows_of(person)
    Erasure.objects.bulk_create([Erasure(person=row, line=lists.sealed(row)) for row in rows], ignore_conflicts=True)
    record(gettext_noop("erased a person"), by=by, subject=f"person {person.pk}")
    # The highest floor first: what stands on a row is blanked before the row.
    for part in reversed(parts()):
        part.erase(rows, by)
    Person.everybody.filter(pk__in=[row.pk for row in rows]).update(erased_at=Now())
    transaction.on_commit(write_the_list_down, robust=True)


def write_the_list_down() -> None:
    """What the database knows stands outside too; the sweeper sees to what could not be written at once."""
    waiting = list(Erasure.objects.filter(written_down_at=None).values_list("pk", "line"))
    if not waiting:
        return
    try:
        lists.write_down([line for _pk, line in waiting])
    except outside.Away:
        return
    Erasure.objects.filter(pk__in=[pk for pk, _line in waiting]).update(written_down_at=Now())


def erase_again() -> int:
    """Whoever stands in the list and has a name again: a backup was put back. Returns how many."""
    try:
        listed = lists.read()
    except outside.Away:
        return 0
    again = [
        person
        for person in Person.everybody.filter(pk__in=listed, erased_at=None, merged_into=None).order_by("pk")
        if lists.is_meant(person, listed[person.pk])
    ]
    for person in again:
        try:
            erase(person=person, by=None)
        except ErasureRefused as refused:
            log.error("Person %s was erased before the restore and cannot be now: %s", person.pk, refused)
    return len(again)
