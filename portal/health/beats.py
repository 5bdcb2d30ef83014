"""Beats: by them everybody sees which of our processes work. They are written by the work itself, not by a timer beside it."""

import os
import threading
import time
from contextlib import suppress

from django.db import Error
from django.db.models.functions import Now

from .models import EVERY, Beat

_lock = threading.Lock()
_own: dict[tuple[int, str], tuple[int, float]] = {}  # (pid, process) → (the row's key, when it was written last)


def beat(process):
    """After a good round of work: this process ("worker", "sweeper") lives. Cheap: it writes once in a while."""
    key = (os.getpid(), process)
    with _lock:
        row, written = _own.get(key, (None, 0.0))
        now = time.monotonic()
        if row is not None and now - written < EVERY.total_seconds() / 3:
            return
        if row is None or not Beat.objects.filter(pk=row).update(at=Now()):
            row = Beat.objects.create(process=process).pk
        _own[key] = (row, now)


def stopped(process):
    """This process ends in order: nobody need wait to see that it is gone."""
    with _lock, suppress(Error):  # without a database it is seen all the same, a little later
        row, _ = _own.pop((os.getpid(), process), (None, 0.0))
        Beat.objects.filter(pk=row).delete()


def place(process):
    """(which one this is, how many live): 0-based among the living of its kind; before its first beat it comes last."""
    living = list(Beat.objects.living().filter(process=process).values_list("pk", flat=True))
    row, _ = _own.get((os.getpid(), process), (None, 0.0))
    if row not in living:
        living.append(row)
    return living.index(row), len(living)
