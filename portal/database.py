"""What our processes ask of their database connections."""

import logging
import select
from pathlib import Path

import psycopg2
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.backends.signals import connection_created
from psycopg2 import extensions

from .away import Service

# Whether it answers, as far as this process knows.
server = Service("The database")
connection_created.connect(lambda **kwargs: server.answered(), weak=False)


def make_its_folder():
    """Of a database that is a file: a fresh checkout has none, and it would be waited for in vain."""
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).parent.mkdir(parents=True, exist_ok=True)


def in_a_line(error):
    return str(error).partition("\n")[0]


def answers():
    """Whether the database does, asked now."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError) as error:
        server.failed(in_a_line(error))
        return False
    server.answered()
    return True


class AwayIsOneLine(logging.Filter):
    """For whoever logs each task that failed: what failed because the database is away is said once for all of them."""

    def filter(self, record):
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, (OperationalError, InterfaceError)):
            return True
        server.failed(in_a_line(error))
        return False


def begin_round():
    """Every task, every round of a pump and of the sweeper begins with a connection that works.

    A restart of the database leaves a dead one behind in each thread, which nothing else would ever close.
    """
    if not connection.in_atomic_block:
        close_old_connections()


# --- somebody waits for a page: only where the web server runs, which calls `be_impatient` ---

STATEMENT_SECONDS, LOCK_SECONDS = 20, 5
CONNECT_SECONDS, SILENT_SECONDS = 5, 25


def be_impatient():
    """A page that meets a locked table, an endless statement or a silent server says so; workers may wait."""
    connection_created.connect(_limit)
    extensions.set_wait_callback(_wait_for_postgresql)


def _limit(connection, **kwargs):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '{LOCK_SECONDS}s'")
        else:
            cursor.execute(f"PRAGMA busy_timeout = {1000 * LOCK_SECONDS}")


def _wait_for_postgresql(connection):
    """The limits above are kept by the server; this one is for a server that answers nothing at all."""
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        is_connected = connection.status in (extensions.STATUS_READY, extensions.STATUS_BEGIN)
        if not poller.poll(1000 * (SILENT_SECONDS if is_connected else CONNECT_SECONDS)):
            raise psycopg2.OperationalError("the server does not answer")
