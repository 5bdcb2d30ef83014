"""A worker that counts its statements: `celery -A tests.bench.counted worker`; the web server is `counted_web`.

Each process keeps its number in a file of eight bytes, which whoever measures reads while it runs.
"""

import mmap
import os
from itertools import count
from pathlib import Path

from django.db.backends.signals import connection_created

from portal.celery import app

__all__ = ["app", "statements"]


def folder():
    return Path(os.environ["TEST_VAR_DIR"]) / "statements"  # one for all, whatever folder each works in


def statements():
    """How many all processes have sent so far."""
    return sum(int.from_bytes(file.read_bytes(), "little") for file in folder().glob("*"))


class _Counter:
    def __init__(self):
        self.pid = None

    def _begin(self):
        folder().mkdir(parents=True, exist_ok=True)
        path = folder() / str(os.getpid())
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self.number = mmap.mmap(file.fileno(), 8)
        self.pid, self.next = os.getpid(), count(1)

    def __call__(self, execute, sql, parameters, many, context):
        if self.pid != os.getpid():  # gunicorn forks
            self._begin()
        self.number[:] = next(self.next).to_bytes(8, "little")
        return execute(sql, parameters, many, context)


_counter = _Counter()


def _count(connection, **kwargs):
    if _counter not in connection.execute_wrappers:
        # First: who wraps a connection for a while takes the last away again, and this may be meanwhile.
        connection.execute_wrappers.insert(0, _counter)


connection_created.connect(_count)
