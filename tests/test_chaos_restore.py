"""A restore of each kind, by real pg_dump and pg_restore, under real workers and sweepers: nothing leaves before an
administrator has released it, and nobody has anything twice. Counted where it arrives, at the simulator.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Message
from portal.access.demo import make_administrator
from portal.ledger.models import Mark
from portal.people.models import User
from portal.school.models import SchoolSetting
from tests import test_chaos
from tests.checks import ROOT
from tests.workers import WORKER, wait_until
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
PEOPLE, MIDWAY = 60, 15
BACKUP_KEY = "a key that nobody thinks up 0193"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def server():
    found = connection.settings_dict
    return f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}"


def ours():
    return connection.settings_dict["NAME"]


def ask(database, sql, *values):
    opened = psycopg2.connect(f"{server()}/{database}")
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        opened.close()


def program(name, *options):
    subprocess.run([str(BINARIES[-1] / name), *options], check=True, capture_output=True)


def dump(file):
    program("pg_dump", "-Fc", "-f", str(file), f"{server()}/{ours()}")


def restore(file, database):
    """As the manual says: with nobody at work."""
    connection.close()
    ask(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        database,
    )
    program("pg_restore", "--clean", "--if-exists", "-d", f"{server()}/{database}", str(file))


def make_a_day_older(database):
    """All that this database knows of the time is as old as the backup."""
    columns = "SELECT table_name, column_name FROM information_schema.columns WHERE data_type LIKE 'timestamp%%' AND table_name ~ %s"
    for table, column in ask(database, columns, "^(messaging|health|ledger)_"):
        ask(database, f"UPDATE {table} SET {column} = {column} - interval '1 day'")


class Portal:
    """A worker and a sweeper on a database, with a Redis of theirs, of the version that lies in `folder`."""

    def __init__(self, simulator, database=None, redis_number=7, folder=ROOT):
        self.redis = f"{os.environ['TEST_REDIS_URL'].rstrip('/')}/{redis_number}"
        environment = os.environ | {
            "DATABASE_URL": f"{server()}/{database or ours()}",
            "CELERY_BROKER_URL": self.redis,
            "WECOM_API_BASE": simulator.address,
            "LOG_LEVEL": "CRITICAL",
        }
        commands = [WORKER, [sys.executable, "manage.py", "sweep"]]
        self.processes = [
            subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True) for command in commands
        ]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def forget(self):
        redis.Redis.from_url(self.redis).flushdb()


@pytest.fixture
def school(simulator, monkeypatch):
    monkeypatch.setattr(test_chaos, "PEOPLE", PEOPLE)
    test_chaos.people_of_the_school(make_account(), simulator)
    SchoolSetting.objects.create(name="approval_above", value=0)
    simulator.speed(float(os.environ["SENDING_TIME_SCALE"]))
    for number in (6, 7):
        redis.Redis.from_url(f"{os.environ['TEST_REDIS_URL'].rstrip('/')}/{number}").flushdb()
    return make_administrator()


def arrived(simulator, text):
    """How often each has a message that begins so."""
    return [sum(n for said, n in texts.items() if said.startswith(text)) for texts in simulator.inbox.values()]


def sent(simulator):
    return sum(simulator.calls("message/send").values())


def is_finished(message):
    return Message.objects.get(pk=message.pk).status == "finished"


def send_midway(simulator, author, file, then_to_the_end=True):
    """A message of which some calls have gone when the backup is made."""
    simulator.rule("slow", call="message/send", seconds=0.25, times=-1)
    with Portal(simulator) as portal:
        message = make_message(author, text="Midway ((name))")
        wait_until(lambda: sum(arrived(simulator, "Midway")) >= MIDWAY, 60)
        dump(file)
        simulator.clear()
        if then_to_the_end:
            wait_until(lambda: is_finished(message), 60)
            assert arrived(simulator, "Midway") == [1] * PEOPLE
    return portal, message


def nothing_leaves(simulator, database=None, seconds=4):
    """Held, and for longer than anything would take to leave nothing has left. Returns the mark's name."""
    database = database or ours()
    before = sent(simulator)
    [(waiting,)] = ask(database, "SELECT count(*) FROM messaging_batch WHERE state <> 'accepted'")
    assert waiting > 0, "the backup is not of the midst of sending"
    wait_until(lambda: ask(database, "SELECT held FROM ledger_mark")[0][0] != "", 60)
    time.sleep(seconds)
    assert sent(simulator) == before, "something was sent before anybody released it"
    return ask(database, "SELECT name, held FROM ledger_mark")[0]


def press(name, **arguments):
    browser = Client()
    browser.force_login(User.objects.get(username="administrator"))
    values = {"name": str(Mark.objects.get().name)} if name == "release-after-restore" else {}
    answer = browser.post(reverse(name, kwargs=arguments), values)
    assert answer.status_code == 302, answer.status_code


def test_a_backup_of_the_midst_of_sending_is_restored_the_next_day(school, simulator, tmp_path):
    """What it takes for waiting has arrived: the administrator stops it, and releases what comes after."""
    _portal, message = send_midway(simulator, school, tmp_path / "dump")
    restore(tmp_path / "dump", ours())
    make_a_day_older(ours())
    simulator.later(hours=24)  # WeCom has forgotten what it had: a repeat would arrive
    with Portal(simulator):
        assert nothing_leaves(simulator)[1] == Mark.Held.BEHIND
        press("messaging:stop", pk=message.pk)
        press("release-after-restore")
        after = make_message(User.objects.get(username="administrator"), text="After ((name))")
        wait_until(lambda: is_finished(after), 60)
    assert arrived(simulator, "Midway") == [1] * PEOPLE
    assert arrived(simulator, "After") == [1] * PEOPLE


def test_a_backup_is_restored_at_once_into_the_same_cluster(school, simulator, tmp_path):
    """Released as it is: within four hours WeCom itself swallows what it had already."""
    _portal, message = send_midway(simulator, school, tmp_path / "dump")
    restore(tmp_path / "dump", ours())
    with Portal(simulator):
        assert nothing_leaves(simulator)[1] == Mark.Held.BEHIND
        press("release-after-restore")
        wait_until(lambda: is_finished(message), 60)
    assert arrived(simulator, "Midway") == [1] * PEOPLE


def test_a_copy_for_staging_is_held_while_the_school_goes_on(school, simulator, tmp_path):
    """Made a moment ago, with a Redis of its own that knows nothing: it is another database, and sees that it is."""
    copy = f"{ours()}_staging"
    ask("postgres", f"DROP DATABASE IF EXISTS {copy}")
    ask("postgres", f"CREATE DATABASE {copy}")
    try:
        send_midway(simulator, school, tmp_path / "dump", then_to_the_end=False)
        restore(tmp_path / "dump", copy)
        with Portal(simulator, copy, redis_number=6):
            assert nothing_leaves(simulator, copy)[1] == Mark.Held.ELSEWHERE
            with Portal(simulator):
                wait_until(lambda: is_finished(Message.objects.get()), 60)
            assert ask(copy, "SELECT held FROM ledger_mark") == [(Mark.Held.ELSEWHERE,)]
        assert arrived(simulator, "Midway") == [1] * PEOPLE
    finally:
        ask("postgres", f"DROP DATABASE {copy} WITH (FORCE)")


def test_backup_and_redis_are_both_lost(school, simulator, tmp_path):
    portal, message = send_midway(simulator, school, tmp_path / "dump")
    restore(tmp_path / "dump", ours())
    make_a_day_older(ours())
    portal.forget()
    simulator.later(hours=24)
    with Portal(simulator):
        assert nothing_leaves(simulator)[1] == Mark.Held.ELSEWHERE
        press("messaging:stop", pk=message.pk)
        press("release-after-restore")
        wait_until(lambda: Message.objects.get(pk=message.pk).status in ("finished", "cancelled"), 60)
    assert arrived(simulator, "Midway") == [1] * PEOPLE


def test_redis_is_emptied_while_a_message_goes_out(school, simulator):
    """The database lost nothing: nobody is asked, and everybody has it once."""
    simulator.rule("slow", call="message/send", seconds=0.25, times=-1)
    with Portal(simulator) as portal:
        message = make_message(school, text="Midway ((name))")
        wait_until(lambda: sum(arrived(simulator, "Midway")) >= MIDWAY, 60)
        portal.forget()
        wait_until(lambda: is_finished(message), 90)
    assert arrived(simulator, "Midway") == [1] * PEOPLE
    assert Mark.objects.get().held == ""


def manage(*command, database):
    """`manage.py` as an operator types it, on another database."""
    environment = os.environ | {"DATABASE_URL": f"{server()}/{database}", "BACKUP_KEY": BACKUP_KEY}
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, command)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


RELEASE = (
    "from portal.ledger.models import Mark; from portal.people.models import User; "
    "from wechat_admin.after_restore.actions import release; "
    "print(release(name=Mark.objects.get().name, by=User.objects.get(username='administrator')))"
)


def test_backup_everything_killed_restore_and_released_by_a_person(school, simulator, tmp_path, settings):
    """By the commands of the manual: backup of the midst of sending, into a new database; nobody twice, nothing lost."""
    new, file = f"{ours()}_new", tmp_path / "backup"
    settings.BACKUP_KEY = BACKUP_KEY
    ask("postgres", f"DROP DATABASE IF EXISTS {new}")
    ask("postgres", f"CREATE DATABASE {new}")
    try:
        simulator.rule("slow", call="message/send", seconds=1, times=-1)
        with Portal(simulator):
            make_message(school, text="Midway ((name))")
            wait_until(lambda: sum(arrived(simulator, "Midway")) >= MIDWAY, 60)
            call_command("backup", str(file))
        simulator.clear()
        assert "every table holds what the backup was made of" in manage("restore", file, database=new)
        with Portal(simulator, new):
            assert nothing_leaves(simulator, new)[1] == Mark.Held.RESTORED
            assert "True" in manage("shell", "--no-imports", "-c", RELEASE, database=new)
            wait_until(lambda: ask(new, "SELECT status FROM messaging_message") == [("finished",)], 90)
        assert arrived(simulator, "Midway") == [1] * PEOPLE
    finally:
        ask("postgres", f"DROP DATABASE {new} WITH (FORCE)")
