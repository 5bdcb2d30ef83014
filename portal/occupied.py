"""One set of processes on one set of data: a lock that is held until the last of them has ended."""

import fcntl
import os
from pathlib import Path

from django.conf import settings
from django.db import connection

# PostgreSQL's own lock for the demo, by an invented number.
_ADVISORY = 20261125


class Occupied(Exception):
    """Its text says who is there, and what to do."""


def occupy(file):
    """Take the lock `file`; the children inherit what is returned, so that orphans are seen too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = os.pread(lock, 1000, 0).decode() or "somewhere"
        os.close(lock)
        raise Occupied(
            f"It is already running {who}. Stop it there first (Ctrl-C), or give this one data of its own: "
            "VAR_DIR, DATABASE_URL and CELERY_QUEUE."
        ) from None
    os.ftruncate(lock, 0)
    return lock


def say_where(lock, address):
    os.pwrite(lock, f"at {address} (process {os.getpid()})".encode(), 0)


def occupy_database():
    """For the demo: whoever works on the same database from another folder is seen too. Returns what `occupy` does."""
    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        return [] if file.parent == settings.VAR_DIR else [occupy(file.with_name(f"{file.name}.running"))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY])
        if not cursor.fetchone()[0]:
            raise Occupied("Another demo works on this database. Give this one its own DATABASE_URL.")
    return []
