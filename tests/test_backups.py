"""`manage.py backup` of the living database, `manage.py restore` into a new one, as an operator types them."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.backups import databases, files
from portal.ledger.models import Mark
from portal.people.demo import make_person
from portal.people.models import Person
from tests.checks import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "a key that nobody thinks up 0193"


class Elsewhere:
    """A new database, and `manage.py` with its settings."""

    def __init__(self, folder):
        self.is_postgresql, self.name = connection.vendor == "postgresql", "restored_elsewhere"
        if self.is_postgresql:
            found = connection.settings_dict
            self.server = f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}"
            self.address = f"{self.server}/{connection.settings_dict['NAME']}_{self.name}"
        else:
            self.address = f"sqlite:///{folder}/{self.name}.sqlite3"

    def make(self):
        if self.is_postgresql:
            self._at_the_server("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            self._at_the_server("CREATE DATABASE {}")

    def forget(self):
        if self.is_postgresql:
            self._at_the_server("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _at_the_server(self, sql):
        opened = psycopg2.connect(f"{self.server}/postgres")
        opened.autocommit = True
        opened.cursor().execute(sql.format(self.address.rpartition("/")[2]))
        opened.close()

    def manage(self, *command, **environment):
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": self.address, "BACKUP_KEY": KEY} | environment,
            capture_output=True,
            text=True,
        )

    def says(self, statement):
        """What a line of Python prints there."""
        found = self.manage("shell", "--no-imports", "-c", statement)
        assert found.returncode == 0, found.stderr
        return found.stdout.strip()


@pytest.fixture
def elsewhere(tmp_path):
    place = Elsewhere(tmp_path)
    place.make()
    yield place
    place.forget()


@pytest.fixture
def backup(tmp_path, settings):
    settings.BACKUP_KEY = KEY
    make_person("pupil", reference="P1", given_name="Tai Man", family_name="Chan")
    Mark.objects.the()
    call_command("backup", str(tmp_path / "made"))
    return tmp_path / "made"


HELD = "from portal.ledger.models import Mark; print(Mark.objects.get().held)"


def test_what_was_there_is_there_again_and_nothing_is_sent(backup, elsewhere):
    restored = elsewhere.manage("restore", backup)
    assert restored.returncode == 0, restored.stderr
    assert "every table holds what the backup was made of" in restored.stdout
    assert elsewhere.says("from portal.people.models import Person; print(Person.objects.get().name)") == "Tai Man Chan"
    assert elsewhere.says(HELD) == "restored"


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_database_in_a_file_with_its_journal_beside_it_is_put_back_too(backup, elsewhere, tmp_path):
    """As the small installation has it; that of the tests is in memory."""
    assert elsewhere.manage("restore", backup).returncode == 0
    assert elsewhere.manage("backup", tmp_path / "second").returncode == 0
    restored = elsewhere.manage("restore", tmp_path / "second", DATABASE_URL=f"sqlite:///{tmp_path}/third.sqlite3")
    assert restored.returncode == 0, restored.stderr


def test_a_copy_for_staging_is_held_as_one_and_asks_nothing_of_wecom(backup, elsewhere):
    assert elsewhere.manage("restore", backup, "--staging").returncode == 0
    assert elsewhere.says(HELD) == "staging"


def test_a_database_that_holds_something_is_not_touched(backup, elsewhere):
    elsewhere.manage("restore", backup)
    elsewhere.says("from portal.people.models import Person; Person.objects.update(given_name='Other')")
    again = elsewhere.manage("restore", backup)
    assert again.returncode == 1
    assert "is put into an empty one only" in again.stderr
    assert elsewhere.says("from portal.people.models import Person; print(Person.objects.get().name)") == "Other Chan"


def test_other_keys_are_said_with_what_cannot_be_read(backup, elsewhere):
    restored = elsewhere.manage("restore", backup, PORTAL_KEYS="9mIIYKd5cqXUwzF2vEhL2oMhpIOWA0jvyF0gHk3bFSY=")
    assert restored.returncode == 0, restored.stderr
    assert "the Enterprise Account's secrets cannot be read" in restored.stderr


def test_a_file_that_was_cut_off_puts_nothing_there(backup, elsewhere):
    whole = backup.read_bytes()
    cut = backup.with_name("cut")
    cut.write_bytes(whole[: len(whole) // 2])
    restored = elsewhere.manage("restore", cut)
    assert restored.returncode == 1
    assert "damaged or cut off" in restored.stderr
    assert "Traceback" not in restored.stderr
    assert "empty one only" not in elsewhere.manage("restore", backup).stderr


def test_check_reads_a_file_to_its_end_and_touches_no_database(backup, elsewhere):
    checked = elsewhere.manage("restore", "--check", backup)
    assert "It opens to its end" in checked.stdout
    assert "holds" not in elsewhere.manage("restore", backup).stderr


def test_rows_written_meanwhile_are_neither_counted_nor_dumped(tmp_path, elsewhere, settings):
    """Counts and dump are of one moment."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is copied under its lock")
    settings.BACKUP_KEY = KEY
    make_person("pupil", reference="P1")
    with databases.of_one_moment() as (said, dump):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO facts_dailyfact (day, name, number) VALUES (now(), 'meanwhile', 1)")
        other.close()
        files.write(tmp_path / "made", said, dump)
    restored = elsewhere.manage("restore", tmp_path / "made")
    assert restored.returncode == 0, restored.stderr


def test_a_backup_overwrites_nothing(backup):
    before = backup.read_bytes()
    with pytest.raises(CommandError, match="never overwrites"):
        call_command("backup", str(backup))
    assert backup.read_bytes() == before


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("portal.backups.files.Writer.finish", full)
    with pytest.raises(CommandError, match="is full"):
        call_command("backup", str(tmp_path / "made"))
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_on_the_machine_may_read_the_file(backup):
    assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_without_a_key_says_loudly_that_it_is_open(tmp_path, capsys, settings):
    settings.BACKUP_KEY = ""
    call_command("backup", str(tmp_path / "made"))
    assert "NOT SEALED" in capsys.readouterr().err


def test_a_backup_says_which_keys_it_needs_and_holds_none(tmp_path, settings):
    settings.BACKUP_KEY = ""
    call_command("backup", str(tmp_path / "made"))
    data = (tmp_path / "made").read_bytes()
    for key in (settings.SECRET_KEY, *settings.PORTAL_KEYS):
        assert key.encode() not in data
    with files.opened(tmp_path / "made") as (said, _dump):
        assert set(said.keys) == {"PORTAL_KEYS", "SECRET_KEY"}
        assert said.counts["people_person"] == Person.objects.count()


def test_a_backup_of_a_newer_portal_asks_for_that_version(backup, elsewhere, monkeypatch, settings):
    newer = backup.with_name("newer")
    with files.opened(backup) as (said, dump):
        said.migrations.append("people.9999_of_next_year")
        files.write(newer, said, dump)
    restored = elsewhere.manage("restore", newer)
    assert "It is of a newer portal" in restored.stderr


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("programs", "sentence"),
    [({}, "is not installed"), ({"/usr/bin/pg_dump": 9}, "an older one cannot be trusted")],
    ids=["missing", "older than the server"],
)
def test_postgresqls_own_program_must_be_there_and_new_enough(programs, sentence, monkeypatch, tmp_path):
    monkeypatch.setattr(databases, "_candidates", lambda name: [Path(path) for path in programs])
    monkeypatch.setattr(databases, "_version", lambda path: programs[str(path)])
    with pytest.raises(CommandError, match=sentence):
        call_command("backup", str(tmp_path / "made"))
    assert list(tmp_path.iterdir()) == []
