"""What a worker does with files of people: read one, let it in, take it back. One that dies is followed by another."""

import logging
from collections.abc import Callable

from django.db import Error, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from portal.audit.actions import record
from portal.people.leaving.actions import LeavingRefused
from portal.people.models import Import

from . import keeping
from .checking import LEASE, check
from .entering import enter_checked
from .problems import ImportRefused
from .undoing import take_back

log = logging.getLogger(__name__)
State = Import.State


def work_on_all() -> None:
    while imported := _claim():
        with override(imported.language):
            _work_on(imported)


def _claim() -> Import | None:
    """One that nobody works on. Whoever lets a file in holds all of that turn: no thread waits for it to end."""
    with transaction.atomic():
        free = set(_turn().select_for_update(skip_locked=True).values_list("pk", flat=True))
        is_taken = _turn().exclude(pk__in=free).exists()
        for imported in Import.objects.to_work_on().order_by("pk"):
            is_free = imported.is_being_read or not is_taken
            mine = Import.objects.to_work_on().filter(pk=imported.pk, state=imported.state)
            if is_free and mine.update(lease_until=Now() + LEASE):
                return imported
    return None


def _work_on(imported: Import) -> None:
    try:
        _WORK[imported.state](imported)
    except ImportRefused as refused:
        _end(imported, State.REFUSED, problem=str(refused))
    except LeavingRefused as refused:
        before: dict[str, Import.State] = {State.ENTERING: State.READY, State.LEAVING: State.DONE}
        _end(imported, before[imported.state], problem=str(refused))
    except Error as error:
        # What a database says of a row may quote it. It stays to do: when the lease is over another worker tries.
        log.error("The import %s waits: %s", imported.pk, type(error).__name__)
    except Exception as error:
        log.error("The import %s failed: %s", imported.pk, type(error).__name__)
        _end(imported, State.REFUSED, problem=_("The file could not be worked on. Nothing has changed by it."))


def _end(imported: Import, state: Import.State, **values: object) -> None:
    Import.objects.filter(pk=imported.pk, state=imported.state).update(state=state, lease_until=None, **values)


def _read(imported: Import) -> None:
    with keeping.opened(imported) as table:
        check(imported, keeping.rows_of(imported, table), lambda: table.position, proposes=True)
    _end(imported, State.READY, read=F("size"), problem="")


def _enter(imported: Import) -> None:
    with transaction.atomic():
        if locked := _locked(imported):
            enter_checked(locked, by=locked.by)


def _locked(imported: Import) -> Import | None:
    """Itself, once whoever is entering another one is done; None where somebody has been quicker."""
    return {one.pk: one for one in _turn().select_for_update()}.get(imported.pk)


def _turn() -> QuerySet[Import]:
    """Those that change the directory: one at a time."""
    return Import.objects.filter(state__in=[State.ENTERING, State.LEAVING]).order_by("pk")


def _take_back(imported: Import) -> None:
    with transaction.atomic():
        if locked := _locked(imported):
            take_back(locked, by=locked.by)
            _end(locked, State.BACK)
            kept = locked.rows.exclude(kept="").count()
            record(gettext_noop("took an import back"), by=locked.by, subject=locked, kept=kept)


_WORK: dict[str, Callable[[Import], None]] = {State.READING: _read, State.ENTERING: _enter, State.LEAVING: _take_back}
