"""Beats: by them everybody sees which of our processes work. They are written by the work itself, not by a timer beside it."""

import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from django.db import Error
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from .models import EVERY, Beat

_AGE = ExpressionWrapper(Now() - F("began_at"), output_field=DurationField())
_lock = threading.Lock()
NEVER = float("-inf")
_own: dict[tuple[int, str], tuple[int, float]] = {}  # (pid, process) → (the row's key, when it was written last)


def this_process():
    """Which of ours we are, as its log names us: the machine and the number of the process there."""
    return f"{socket.gethostname()[:48]}:{os.getpid()}"


def beat(process):
    """After a good round of work: this process ("worker", "sweeper") lives. Cheap: it writes once in a while."""
    key = (os.getpid(), process)
    with _lock:
        row, written = _own.get(key, (None, NEVER))
        now = time.monotonic()
        if row is not None and now - written < EVERY.total_seconds() / 3:
            return
        if row is None or not Beat.objects.filter(pk=row).update(at=Now()):
            row = Beat.objects.create(process=process).pk
        _own[key] = (row, now)


def stopped(process):
    """This process ends in order: nobody need wait to see that it is gone."""
    with _lock, suppress(Error):  # without a database it is seen all the same, a little later
        row, _ = _own.pop((os.getpid(), process), (None, NEVER))
        if row is not None:
            Beat.objects.filter(pk=row).delete()


@dataclass(frozen=True)
class Place:
    """Where a process stands among the living of its kind, in the order in which they began: 0-based."""

    index: int
    living: int
    is_seen: bool = True  # those that were here before have had the time to see it


def place(process, seen_after):
    """Our own place. Whom nobody counts says first that it is here: of two that begin at once one at least sees the other."""
    ages = _ages(process)
    if _own_row(process) not in ages:
        be_here(process)
        ages = _ages(process)
    row = _own_row(process)
    return Place(list(ages).index(row), len(ages), is_seen=ages[row] == max(ages.values()) or ages[row] > seen_after)


def be_here(process):
    """Begin, or begin again, where nobody counts us. Not a beat: whether the work succeeds is not known yet."""
    with _lock:
        row = _own_row(process)
        if row is not None and Beat.objects.here().filter(pk=row).exists():
            return
        if row is None or not Beat.objects.filter(pk=row).update(began_at=Now()):
            row = Beat.objects.create(process=process, at=None).pk
        _own[os.getpid(), process] = (row, NEVER)


def _ages(process):
    """{row: since when that process is here} of all that are."""
    return dict(Beat.objects.here().filter(process=process).annotate(age=_AGE).values_list("pk", "age"))


def _own_row(process):
    return _own.get((os.getpid(), process), (None, NEVER))[0]
