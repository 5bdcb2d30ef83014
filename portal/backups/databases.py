"""The database as a stream of bytes and back: by PostgreSQL's own programs, or by SQLite's online backup."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.db import connection, transaction

from . import manifest

_PIECE = 1 << 18


class Unable(Exception):
    """Its text is a sentence for the operator."""


@contextmanager
def of_one_moment():
    """(the manifest, the dump as pieces of bytes), both of the same moment, while everybody goes on working."""
    with _sqlite_now() if connection.vendor == "sqlite" else _postgresql_now() as moment:
        yield moment


def put(pieces, sentence):
    """The dump into the empty database, and `sentence`, a statement, with it: all of it or nothing.

    Nobody ever sees the one without the other.
    """
    if connection.vendor == "sqlite":
        _put_sqlite(pieces, sentence)
    else:
        _put_postgresql(pieces, sentence)


def tables():
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


# --- SQLite ---


@contextmanager
def _sqlite_now():
    # Through memory: what is not sealed yet touches no disk. A database that has no room there belongs into PostgreSQL.
    with sqlite3.connect(":memory:") as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    with _looking_at(copy):
        said = manifest.of_now()
    data = copy.serialize()
    copy.close()
    yield said, (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))


@contextmanager
def _looking_at(copy):
    """Our connection shows the copy, so that the counts are the copy's."""
    own = connection.connection
    connection.connection = copy
    try:
        yield
    finally:
        connection.connection = own


def _put_sqlite(pieces, sentence):
    file = Path(connection.settings_dict["NAME"])
    connection.close()
    aside = file.with_name(f"{file.name}.restoring")
    with sqlite3.connect(":memory:") as copy, _gone_afterwards(aside):
        copy.deserialize(_without_journal(b"".join(pieces)))
        copy.execute(sentence)
        copy.commit()
        with sqlite3.connect(aside) as written:
            copy.backup(written)
        written.close()
        for leftover in ("-wal", "-shm"):
            file.with_name(file.name + leftover).unlink(missing_ok=True)
        aside.replace(file)


def _without_journal(image):
    """It was copied whole, and memory has no second file beside it (bytes 18 and 19 of SQLite's file format)."""
    return image[:18] + b"\x01\x01" + image[20:]


@contextmanager
def _gone_afterwards(file):
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


# --- PostgreSQL ---


@contextmanager
def _postgresql_now():
    command = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    with transaction.atomic(), connection.cursor() as cursor:
        # The dump is of the very snapshot that is counted here.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Longer than a statement of ours ever stands still: it only keeps the snapshot.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        yield manifest.of_now(), _output([*command, f"--snapshot={snapshot}"])


def _output(command):
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=said)
        try:
            while piece := _of(process.stdout).read(_PIECE):
                yield piece
            if process.wait():
                raise Unable(f"pg_dump failed: {_last_line(said)}")
        finally:
            process.kill()
            process.wait()


def _put_postgresql(pieces, sentence):
    read = [program("pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
    write = [program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"]
    with tempfile.TemporaryFile() as said_reading, tempfile.TemporaryFile() as said_writing:
        reader = subprocess.Popen(read, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said_reading)
        writer = subprocess.Popen(
            write, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said_writing
        )
        feeding = _Feeding(pieces, reader.stdin)
        try:
            feeding.start()
            with suppress(BrokenPipeError):
                shutil.copyfileobj(_of(reader.stdout), _of(writer.stdin), _PIECE)
            feeding.join()
            if feeding.error:
                raise feeding.error
            if reader.wait():
                raise Unable(f"pg_restore failed: {_last_line(said_reading)}")
            with suppress(BrokenPipeError):
                # pg_restore leaves no schema to look in.
                _of(writer.stdin).write(f"\nRESET search_path;\n{sentence};\n".encode())
                _of(writer.stdin).close()
            if writer.wait():
                raise Unable(f"The database does not take the backup: {_last_line(said_writing)}")
        finally:
            # psql commits at the end of what it reads: where something went wrong it must never see one.
            for process in (writer, reader):
                process.kill()
                process.wait()


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe that Popen was asked to make."""
    if pipe is None:
        raise Unable("There is no pipe to a program of the database.")
    return pipe


class _Feeding(threading.Thread):
    def __init__(self, pieces, into):
        super().__init__(daemon=True)
        self._pieces, self._into, self.error = pieces, into, None

    def run(self):
        try:
            with suppress(BrokenPipeError), self._into:
                for piece in self._pieces:
                    self._into.write(piece)
        except Exception as error:
            self.error = error


def _last_line(said):
    """What the program said: it names tables and servers, never what stands in a row."""
    said.seek(0)
    lines = [
        line for line in said.read().decode(errors="replace").splitlines() if re.search(r"error|fatal", line, re.I)
    ]
    return lines[0] if lines else "it said nothing"


def _environment():
    """How the programs reach the database: not in their arguments, which everybody on the machine can read."""
    found = connection.get_connection_params()
    names = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
    return os.environ | {ours: str(found[name]) for name, ours in names.items() if found.get(name)}


def program(name):
    """The program of the server's version, else the oldest that is newer. Raises Unable."""
    server, _minor = connection.get_database_version()
    found = {_version(path): path for path in _candidates(name)}
    fitting = [version for version in found if version >= server]
    if not found:
        raise Unable(
            f"{name} is not installed. It comes with PostgreSQL's client (on Debian: apt-get install postgresql-client), "
            f"and must be of version {server} or newer, as the server is."
        )
    if not fitting:
        raise Unable(
            f"{name} is of version {max(found)}, and the server of {server}: an older one cannot be trusted with it. "
            f"Install PostgreSQL's client of version {server} (on Debian: apt-get install postgresql-client-{server})."
        )
    return str(found[min(fitting)])


def _candidates(name):
    on_the_path = shutil.which(name)
    installed = [path / name for path in Path("/usr/lib/postgresql").glob("*/bin")]
    return [path for path in [*installed, *([Path(on_the_path)] if on_the_path else [])] if path.exists()]


def _version(path):
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0
