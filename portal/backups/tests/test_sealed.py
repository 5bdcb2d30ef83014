"""The file around a backup: what was written comes out, or a sentence."""

import io
import os
import subprocess
import sys

import pytest

from portal.backups import sealed
from portal.backups.sealed import NotReadable, Writer, pieces
from tests.checks import ROOT

KEY = "a key that nobody thinks up 0193"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(sealed, "PIECE", 100)


def written(data, key=KEY):
    file = io.BytesIO()
    writer = Writer(file, key)
    for start in range(0, len(data), 70):
        writer.write(data[start : start + 70])
    writer.finish()
    return file.getvalue()


def read(data, key=KEY):
    return b"".join(pieces(io.BytesIO(data), key))


@pytest.mark.parametrize("key", [KEY, ""], ids=["sealed", "open"])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 1000])
def test_what_was_written_comes_out(key, size):
    data = os.urandom(size)
    assert read(written(data, key), key) == data


def test_nothing_of_it_stands_in_a_sealed_file():
    assert b"Chan Tai Man" not in written(b"Chan Tai Man")
    assert b"Chan Tai Man" in written(b"Chan Tai Man", key="")


def test_the_same_twice_is_another_file():
    assert written(b"the same") != written(b"the same")


@pytest.mark.parametrize("key", [KEY, ""], ids=["sealed", "open"])
@pytest.mark.parametrize("harm", ["cut", "last piece missing", "changed", "pieces exchanged"])
def test_what_was_harmed_is_not_taken_for_whole(key, harm):
    data = written(bytes(350), key)
    head, size = len(data) - len(written(b"", key)), 100 + 16 + 4
    start = data.index(b"\n") + 1 + 16
    assert head
    harmed = {
        "cut": data[:-3],
        "last piece missing": data[: start + 3 * size],
        "changed": data[:200] + bytes([data[200] ^ 1]) + data[201:],
        "pieces exchanged": data[:start]
        + data[start + size : start + 2 * size]
        + data[start : start + size]
        + data[start + 2 * size :],
    }[harm]
    with pytest.raises(NotReadable):
        read(harmed, key)


def test_another_key_opens_nothing():
    with pytest.raises(NotReadable, match="does not open with BACKUP_KEY"):
        read(written(b"text"), key="another key that nobody thinks up")


def test_a_sealed_file_asks_for_its_key():
    with pytest.raises(NotReadable, match="BACKUP_KEY is empty"):
        read(written(b"text"), key="")


def test_another_file_is_said_to_be_no_backup():
    with pytest.raises(NotReadable, match="no backup"):
        read(b"PGDMP and so on")


def test_a_file_opens_without_a_portal():
    command = [sys.executable, "-m", "portal.backups.sealed"]
    bare = {"PATH": os.environ["PATH"], "BACKUP_KEY": KEY}
    found = subprocess.run(command, input=written(b"text"), capture_output=True, check=True, cwd=ROOT, env=bare)
    assert found.stdout == b"text"
