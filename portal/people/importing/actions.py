import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from typing import Self

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from portal.audit.actions import record
from portal.doorbell import ring
from portal.people import bounds
from portal.people.models import Import, ImportRow
from portal.people.typed import key
from portal.seals import CHANGED

from ..models import User
from . import back, missing
from .checking import check, counts_of, keep_pupils
from .columns import Columns, remember
from .entering import enter_checked
from .keeping import keep
from .problems import Problem, refuse
from .rows import Row

Verdict = ImportRow.Verdict
IMPORTS = "portal.people.tasks.imports"


@dataclass(frozen=True)
class ImportResult:
    new: int
    changed: int
    unchanged: int
    moved: list[str] = field(default_factory=list)  # groups that stand below another year now, in words

    @classmethod
    def of(cls, imported: Import) -> Self:
        counts = imported.counts
        return cls(counts.get(Verdict.NEW, 0), imported.changed, counts.get(Verdict.UNCHANGED, 0), imported.moved)


@transaction.atomic
def import_people(
    rows: Iterable[Row],
    *,
    by: User | None = None,
    new: Iterable[str] = (),
    file: BufferedReader | BytesIO | None = None,
) -> ImportResult:
    """Bring the directory to what `rows` (of `importing.rows_in`) say; people not named stay as they are.

    All or nothing: raises ImportRefused where a row names a pupil nobody knows, or somebody whose reference looks like
    another's: a spreadsheet makes 101 of 000101. References in `new` are said to be of somebody new all the same.
    Returns an ImportResult; the same rows twice change nothing the second time. Touches people, groups and
    relationships only, so registrations stay. `file` is the open one they come from: the very file that went in last
    says nothing new, and is not read once more.
    """
    digest = digest_of(file) if file else ""
    if again := _is_there(digest):
        return ImportResult(0, 0, sum(again.counts.values()))
    imported = Import.objects.create(
        by=by,
        name=os.path.basename(getattr(file, "name", ""))[:120],
        size=file.seek(0, os.SEEK_END) if file else 0,
        digest=digest,
        language=get_language(),
        new=[key(reference) for reference in new],
        state=Import.State.ENTERING,
    )
    check(imported, rows)
    bad = imported.rows.filter(verdict__in=[Verdict.BAD, Verdict.WAITS])
    refuse([Problem(row.number, *problem[:3]) for row in bad for problem in row.problems])
    enter_checked(imported, by=by)
    return ImportResult.of(imported)


def digest_of(file: BufferedReader | BytesIO | UploadedFile) -> str:
    """What names the bytes of an open file."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def in_already(file: BufferedReader | BytesIO | UploadedFile) -> Import | None:
    """The import of an open file, where it is the last that went in, wholly; else None."""
    return _is_there(digest_of(file))


def _is_there(digest: str) -> Import | None:
    """The import of this very file, where all of it went in and nothing has since."""
    last = Import.objects.filter(state=Import.State.DONE).order_by("-entered_at").first()
    is_it = last and digest and last.digest == digest and not {Verdict.BAD, Verdict.WAITS} & last.counts.keys()
    return last if is_it else None


# --- by its steps, as the pages take them ---


class NotNow(Exception):
    """Somebody else, or a second press, was quicker. Its text is a sentence."""


@transaction.atomic
def upload(file: UploadedFile, matched: Columns, *, by: User) -> Import:
    """Keep an uploaded file, whose columns are found as `matched`; nothing is read of it yet."""
    imported = Import.objects.create(
        by=by,
        name=(file.name or "")[-120:],
        size=file.size or 0,
        digest=digest_of(file),
        language=get_language(),
        table=matched.table,
        heading_row=matched.row,
        headings=matched.headings,
        columns=matched.meanings,
    )
    keep(imported, file)
    record(gettext_noop("uploaded a file of people"), by=by, subject=imported)
    return imported


def read(imported: Import, *, matched: Columns | None = None, **answers: object) -> None:
    """Have a worker read it: with columns as somebody has matched them, or anew with `answers` (complete, apart, new)."""
    before = [Import.State.COLUMNS, Import.State.READY]
    if matched:
        answers |= {"table": matched.table, "columns": matched.meanings}
    _go_on(imported, before, Import.State.READING, read=0, **answers)
    if matched:
        remember(matched)


@transaction.atomic
def let_in(imported: Import, *, by: User, shown: str | None = None, **answers: object) -> None:
    """`shown` is the `shown_state` of the page whose button was pressed: nothing goes in that nobody has seen."""
    standing = Import.objects.select_for_update().filter(pk=imported.pk).first()
    if standing and standing.is_ready and shown not in (None, standing.shown_state):
        raise NotNow(str(CHANGED))
    _go_on(imported, [Import.State.READY], Import.State.ENTERING, by=by, **answers)


def take_back(imported: Import, *, by: User) -> None:
    _go_on(imported, [Import.State.DONE], Import.State.LEAVING, by=by)


@transaction.atomic
def stays(imported: Import, row_pk: int) -> None:
    """Somebody whom a complete file does not name, or in whose place it names another, stays all the same."""
    locked = Import.objects.select_for_update().filter(pk=imported.pk, state=Import.State.READY).first()
    row = locked.rows.filter(pk=row_pk, verdict__in=ImportRow.ENTER).first() if locked else None
    if locked is None or row is None or not (row.leaves or row.pupils_ended):
        raise NotNow(_("This step was taken already."))
    if row.leaves:
        missing.keep(locked, row)
    else:
        keep_pupils(row)
    _count_anew(locked)


@transaction.atomic
def say_back(imported: Import, row_pk: int | None = None) -> None:
    """Somebody who has left and stands in the file is back, in the roles it names; all such people, where no row is named."""
    locked = Import.objects.select_for_update().filter(pk=imported.pk, state=Import.State.READY).first()
    rows = back.who_stay_left(locked) if locked else ImportRow.objects.none()
    rows = list(rows if row_pk is None else rows.filter(pk=row_pk))
    if locked is None or not rows:
        raise NotNow(_("This step was taken already."))
    if any(back.would_widen_their_own(row, locked) for row in rows):
        raise NotNow(str(bounds.OF_THEMSELVES))
    back.say(rows)
    _count_anew(locked)


@transaction.atomic
def say_left(imported: Import, row_pk: int) -> None:
    """Somebody who was said to be back is not."""
    locked = Import.objects.select_for_update().filter(pk=imported.pk, state=Import.State.READY).first()
    row = locked.rows.filter(pk=row_pk, verdict=Verdict.BACK).first() if locked else None
    if locked is None or row is None:
        raise NotNow(_("This step was taken already."))
    back.say_no(row)
    _count_anew(locked)


def _count_anew(imported: Import) -> None:
    imported.counts = counts_of(imported)
    imported.save(update_fields=["counts"])


def forget(imported: Import, *, by: User) -> None:
    """Delete what was uploaded. What went in stays, and can be taken back no more."""
    if imported.is_at_work or not Import.objects.filter(pk=imported.pk, state=imported.state).delete()[0]:
        raise NotNow(_("Somebody is working on this file just now."))
    record(gettext_noop("deleted an uploaded file of people"), by=by, subject=imported)


def _go_on(imported: Import, before: list[Import.State], state: Import.State, **values: object) -> None:
    standing = Import.objects.filter(pk=imported.pk, state__in=before)
    if not standing.update(state=state, lease_until=None, **values):
        raise NotNow(_("This step was taken already."))
    ring(IMPORTS)
