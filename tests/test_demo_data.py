"""The demo's tools act on the demo's data alone, one set of processes at a time, and none outlives its parent."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import occupied
from portal.management import demo_data
from portal.people.demo import PREFIX, make_person
from tests.checks import ROOT


def manage_in(folder, *command):
    """Run a command of manage.py on the SQLite database of this folder."""
    environment = os.environ | {
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "CELERY_BROKER_URL": "filesystem://",
        "CACHE_URL": "dbcache://portal_cache",
        "WECOM_API_BASE": "http://127.0.0.1:1",
    }
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


NOBODY_YET = "from portal.people.models import User; User.objects.create_user('head')"
A_TEACHER = "from portal.people.demo import make_person; make_person('staff')"
# The demo would migrate it before anything else.
NOT_MIGRATED = (
    "from django.db import connection as c; c.cursor().execute(\"DELETE FROM django_migrations WHERE app='health'\")"
)


@pytest.fixture(scope="module")
def real_schools(tmp_path_factory):
    """{who is there: the database of a school that began without any demo}"""
    folder = tmp_path_factory.mktemp("schools")
    assert not manage_in(folder, "migrate", "--verbosity", "0").returncode
    schools = {}
    for who, code in {"nobody yet": NOBODY_YET, "a teacher": A_TEACHER}.items():
        assert not manage_in(folder, "shell", "-v", "0", "-c", f"{code}; {NOT_MIGRATED}").returncode
        schools[who] = shutil.copy(folder / "db.sqlite3", folder / f"{who}.sqlite3")
    return schools


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "letter").write_text("to a parent")
    return tmp_path


@pytest.fixture
def manage(folder):
    return partial(manage_in, folder)


def contents(database):
    with sqlite3.connect(database) as opened:
        dump = "\n".join(opened.iterdump())
    opened.close()
    return hashlib.sha256(dump.encode()).hexdigest()


@pytest.mark.parametrize("options", [[], ["--fresh"]])
@pytest.mark.parametrize("who", ["nobody yet", "a teacher"])
def test_a_real_schools_database_is_not_touched(manage, real_schools, folder, options, who):
    real_school = shutil.copy(real_schools[who], folder / "db.sqlite3")
    before = contents(real_school)
    result = manage("demo", *options)
    assert result.returncode and "not the demo's; nothing was touched" in result.stderr
    assert contents(real_school) == before
    assert (folder / "mail" / "letter").exists()


def test_another_programs_database_is_not_touched(manage, folder):
    with sqlite3.connect(folder / "db.sqlite3") as database:
        database.execute("CREATE TABLE accounts (id)")
    database.close()
    before = contents(folder / "db.sqlite3")
    assert "another program's" in manage("demo", "--fresh").stderr
    assert contents(folder / "db.sqlite3") == before


def test_a_second_start_on_the_same_data_is_told_where_the_first_one_runs(manage, folder):
    lock = occupied.occupy(folder / "running")
    occupied.say_where(lock, "http://127.0.0.1:8123/")
    try:
        for command in (["demo"], ["demo", "--fresh"], ["run"]):
            result = manage(*command)
            assert result.returncode and "already running at http://127.0.0.1:8123/" in result.stderr
    finally:
        os.close(lock)


def test_two_folders_on_one_database_are_seen_too(db, tmp_path):
    address = os.environ["DATABASE_URL"]
    if connection.vendor == "sqlite":
        address = f"sqlite:///{tmp_path}/db.sqlite3"
    environment = os.environ | {"DATABASE_URL": address}
    first = subprocess.Popen(
        [sys.executable, "-c", OTHER], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert first.stdout.readline() == b"alone\n"
    second = subprocess.run([sys.executable, "-c", OTHER], cwd=ROOT, env=environment, capture_output=True, input=b"")
    first.communicate(b"")
    assert b"Occupied" in second.stderr


OTHER = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()
from portal import occupied
lock = occupied.occupy_database()
print("alone", flush=True)
sys.stdin.read()
"""

# --- children die with their parent ---

PARENT = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()
from pathlib import Path
from portal import occupied, processes
lock = occupied.occupy(Path(sys.argv[1]))
children = processes.Processes({}, print, [lock])
for name in ("one", "two"):
    children.start(name, ["sleep", "600"])
print(*[process.pid for _, process in children.running.values()], flush=True)
children.watch()
"""


def is_alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL, signal.SIGTERM])
def test_a_closed_terminal_or_a_killed_parent_leaves_nobody_behind(tmp_path, how):
    file = tmp_path / "running"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    lines = iter(parent.stdout.readline, "")
    children = next(list(map(int, line.split())) for line in lines if line[0].isdigit())
    assert len(children) == 2 and all(map(is_alive, children))
    parent.stdout.close()  # as a terminal that is gone
    parent.send_signal(how)
    parent.wait(10)
    until = time.monotonic() + 5
    while any(map(is_alive, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(is_alive, children))
    os.close(occupied.occupy(file))


def test_while_an_orphan_lives_its_data_are_occupied(tmp_path):
    file = tmp_path / "running"
    lock = occupied.occupy(file)
    orphan = subprocess.Popen(["sleep", "600"], pass_fds=[lock])
    os.close(lock)
    try:
        with pytest.raises(occupied.Occupied):
            occupied.occupy(file)
    finally:
        orphan.kill()
        orphan.wait()
    os.close(occupied.occupy(file))


def test_clean_leaves_the_data_alone():
    said = subprocess.run(["make", "-n", "clean"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    removed = [word for line in said.splitlines() if line.startswith("rm ") for word in line.split()[2:]]
    assert ".ruff_cache" in removed
    assert [name for name in removed if name.startswith("var") and name != "var/static"] == []


@pytest.mark.django_db
def test_before_it_is_migrated_no_column_is_asked_for_that_an_earlier_release_lacks():
    person = make_person("pupil", reference=f"{PREFIX}1")
    with CaptureQueriesContext(connection) as asked:
        demo_data.refuse_what_is_not_the_demos()
        demo_data.in_words()
    statements = " ".join(query["sql"] for query in asked)
    newer = {field.column for field in person._meta.fields} - {"id", "reference"}
    assert "people_person" in statements
    assert not [column for column in newer if f'"people_person"."{column}"' in statements]
