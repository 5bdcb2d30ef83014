"""A person added or mended at the desk: a file of one row, read, checked and entered by the very code of the import."""

from django.db import transaction
from django.utils.translation import get_language, gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision

from ..importing.checking import check
from ..importing.entering import enter
from ..importing.facts import AT_THE_DESK
from ..importing.problems import ImportRefused, Problem
from ..importing.rows import Row
from ..models import Import, ImportRow, Person, User
from ..typed import key

Verdict = ImportRow.Verdict


def subject_of(person: Person) -> str:
    return f"person {person.pk}"


@transaction.atomic
def write(row: Row, *, by: User, person: Person | None = None, seen: int = 0, is_new: bool = False) -> Person:
    """Bring the directory to what a Row says; `is_new` although the reference looks like another's.

    Returns the Person. Raises ImportRefused with a Problem for each cell, SavedMeanwhile where somebody was quicker.
    """
    if person is not None:
        next_revision(subject_of(person), seen=seen, by=by)
    row.fields[AT_THE_DESK] = True
    imported = Import.objects.create(
        by=by,
        size=0,
        language=get_language(),
        new=[key(row.reference)] if is_new else [],
        state=Import.State.ENTERING,
    )
    check(imported, [row])
    _refuse(imported)
    enter(imported)
    _refuse(imported)
    entered = imported.rows.get()
    written = Person.objects.get(reference=row.reference)
    if entered.verdict == Verdict.NEW:
        record(gettext_noop("added a person"), by=by, subject=written)
    elif entered.verdict != Verdict.UNCHANGED:
        what = sorted((entered.changes or {}).keys())
        record(gettext_noop("changed a person"), by=by, subject=written, what=what)
    imported.delete()
    return written


def _refuse(imported: Import) -> None:
    row = imported.rows.get()
    if row.problems:
        raise ImportRefused([Problem(row.number, *problem[:3]) for problem in row.problems])
