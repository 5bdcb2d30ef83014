import os
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from portal import database, doorbell
from portal.audit import triggers
from portal.away import Service
from portal.health import beats, disk
from portal.health.models import Beat
from wechat_admin.connection import clients as wecom_connection

# A busy machine is slow, not wrong.
hypothesis_settings.register_profile("school", deadline=None)
hypothesis_settings.load_profile("school")


def pytest_collection_modifyitems(items):
    if not os.environ.get("TEST_DATABASE_URL"):
        reason = "needs a real PostgreSQL: set TEST_DATABASE_URL"
        for item in items:
            if "postgresql" in item.keywords or "chaos" in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory):
    """Pages name their static files by hash, so they are collected as for production."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", "--noinput", verbosity=0)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests empty every table when they end, the trail too. On PostgreSQL it stands against everything else.

    That triggers are missing is nothing to say in a test, but in `tests/test_trail.py`.
    """
    triggers.NAMES = frozenset()
    really = triggers.make

    @wraps(really)
    def make(connection):  # a migration that is tried makes them anew
        really(connection)
        _let_the_trail_be_emptied(connection)

    triggers.make = make
    with django_db_blocker.unblock():
        _let_the_trail_be_emptied(connection)


def _let_the_trail_be_emptied(connection):
    if connection.vendor != "postgresql":
        triggers.take_away(connection)
        return
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER audit_event_not_emptied")
        cursor.execute("ALTER TABLE audit_block DISABLE TRIGGER audit_block_not_emptied")


@pytest.fixture(autouse=True)
def language_of_the_school():
    """What one test's browser asked for is nothing to the next test."""
    yield
    translation.deactivate()


class Simulator:
    """A pretend WeCom of our own, spoken to over HTTP only. What a test can do to it, and ask it:

    *Calls.* `rule("slow", call="message/send", seconds=2, times=-1)`: an effect on the next calls (`EFFECTS` in the
    simulator's views: slow, late, drop, drop_after, busy, busy_after, error with `code`, http with `code`, http500,
    unreadable, nested, no_errcode); `clear()` ends them. `calls("user/get")` → {errcode: how often}; `at_once(call)` →
    the most that were in the air together.

    *Limits*, in force from the start at realistic values. `limit(at_once=5)`, `limit(sends_a_minute=30)`,
    `limit(persons_a_seat=1, …)`, None takes one away (names: `LIMITS` in the simulator's limits); `seats(100)`: the
    member cap; `no_limits()`. Beyond them a call answers 45033 or 45009 by itself. `block("message/send", 60)` answers
    45009 for so many seconds, `unblock()` ends every block, `blocks` says how long each still lasts.

    *Time* is the simulator's own. `later(hours=4, minutes=10)` moves it on for everything that passes (tokens,
    duplicate memory, files, limits, blocks); `speed(40)` lets it run as a portal with SENDING_TIME_SCALE runs.

    *Tokens.* `kill_tokens()`: all die at once, also for calls in the air (42001; `code=40014` says it otherwise);
    `seconds=5`: only for so long; `same_again=True`: `gettoken` hands the dead string out again. `expire_tokens()`.

    *Where documents differ*: `switch("unknown_departments_are_made", True)` (names: the simulator's switches). The
    console's own: trusted_ip, application_trusted_ip, sync_trusted_ip, application_enabled, sync_read_only.

    *The address book, behind the portal's back.* `add_member(userid, mobile="138 …", department=2)`,
    `change_member(userid, mobile=…)`, `delete_member(userid)`, `disable_member`, `enable_member`, `member_leaves`,
    `give_userid_to_another(userid, name=…, mobile=…)`, `add_department(id, name)`, `remove_department(id)`,
    `move_department(id, parent)`,
    `visible_range(departments=[2], tags=[7], users=["sp-1"])`, `tag_members(7, ["sp-1"])`, `unlicense(userid)`.

    *Telephones.* `scan(number)`: follows the school in WeChat; `unfollow(userid)`; `activate_wecom(userid)`: has the
    WeCom app and no WeChat (status 1, 43004); `silence(userid)`: has switched messages off, nobody is told.

    *What arrived.* `inbox` → {userid: {text: how often}}; `cut`: the same of what was cut to length in silence;
    `lost` → {userid: [why]} of what was accepted and is shown nowhere; `members`; `departments`; `state()`: all of it.
    """

    def __init__(self, address):
        self.address = address

    def control(self, verb, **values):
        answer = requests.post(f"{self.address}/control/{verb}", values, allow_redirects=False, timeout=10)
        assert answer.status_code < 400, f"{verb} {values}: {answer.status_code} {answer.text[:200]}"

    # --- calls ---

    def rule(self, effect, call="*", **values):
        self.control("rule", effect=effect, call=call, **values)

    def clear(self):
        self.control("clear")

    def calls(self, call):
        return {int(code): n for code, n in self.state()["calls"].get(call, {}).items()}

    def at_once(self, call):
        return self.state()["at_once"].get(call, 0)

    # --- limits ---

    def limit(self, **numbers):
        self.control("limit", **{name: "" if number is None else number for name, number in numbers.items()})

    def no_limits(self):
        self.control("no-limits")

    def seats(self, number):
        self.control("member-limit", limit=number)

    def block(self, call, seconds):
        self.control("block", call=call, seconds=seconds)

    def unblock(self):
        self.control("block")

    @property
    def blocks(self):
        """{call: seconds it still lasts}"""
        return {call: seconds for call, seconds in self.state()["blocks"].items() if seconds > 0}

    # --- time and tokens ---

    def later(self, **times):
        self.control("later", seconds=timedelta(**times).total_seconds())

    def speed(self, times):
        self.control("speed", times=times)

    def kill_tokens(self, *, code=42001, seconds=None, same_again=False):
        self.control("kill-tokens", code=code, seconds=seconds or "", same_again=int(same_again))

    def expire_tokens(self):
        self.control("expire-tokens")

    def switch(self, name, is_on):
        self.control("switch", name=name, on=int(is_on))

    # --- the address book ---

    def add_member(self, userid, **fields):
        self.control("members", userid=userid, **fields)

    def change_member(self, userid, **fields):
        self.control(f"members/{userid}/change", **fields)

    def delete_member(self, userid):
        self.control(f"members/{userid}/delete")

    def disable_member(self, userid):
        self.control(f"members/{userid}/disable")

    def enable_member(self, userid):
        self.control(f"members/{userid}/enable")

    def member_leaves(self, userid):
        self.control(f"members/{userid}/leave")

    def give_userid_to_another(self, userid, **fields):
        """The member is deleted, and somebody else is made under the same id."""
        self.delete_member(userid)
        self.add_member(userid, **{"name": "Somebody Else"} | fields)

    def unlicense(self, userid):
        self.control(f"members/{userid}/unlicense")

    def add_department(self, number, name, parent=1):
        self.control("departments", id=number, name=name, parent=parent)

    def remove_department(self, number):
        self.control(f"departments/{number}/remove")

    def move_department(self, number, parent):
        self.control(f"departments/{number}/move", parent=parent)

    def visible_range(self, departments=(), tags=(), users=()):
        self.control("range", department=departments, tag=tags, user=users)

    def tag_members(self, tag, userids):
        self.control(f"tags/{tag}", user=userids)

    # --- telephones ---

    def scan(self, number):
        answer = requests.post(
            f"{self.address}/scan", {"number": number}, headers={"Accept": "application/json"}, timeout=10
        )
        return answer.json()["answer"]

    def unfollow(self, userid):
        self.control(f"members/{userid}/unfollow")

    def activate_wecom(self, userid):
        self.control(f"members/{userid}/activate-wecom")

    def silence(self, userid):
        self.control(f"members/{userid}/silence")

    # --- what is there ---

    def state(self):
        return requests.get(f"{self.address}/control/state.json", timeout=10).json()

    @property
    def members(self):
        return self.state()["members"]

    @property
    def departments(self):
        """{id: name} of those made since the start"""
        return {int(number): name for number, name in self.state()["departments"].items()}

    @property
    def parents(self):
        """{id: the id above it} of the same"""
        return {int(number): parent for number, parent in self.state()["parents"].items()}

    @property
    def inbox(self):
        return self.state()["inbox"]

    @property
    def cut(self):
        return self.state()["cut"]

    @property
    def lost(self):
        return self.state()["lost"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_simulator(folder):
    """The program itself, with its state in `folder`."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "wechat_admin.simulator", str(port)],
        env=os.environ | {"VAR_DIR": str(folder)},
        cwd=Path(__file__).parent,
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 30
    try:
        while True:
            try:
                requests.get(f"{address}/account.json", timeout=1)
                break
            except (requests.ConnectionError, requests.Timeout):
                assert process.poll() is None and time.monotonic() < until, "the simulator does not start"
                time.sleep(0.05)
        yield Simulator(address)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory):
    with running_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def a_simulator_of_its_own():
    """`with a_simulator_of_its_own(folder) as simulator: …`, to be stopped and started again."""
    return running_simulator


@pytest.fixture
def simulator(simulator_process, settings):
    """The simulator, empty, as hard to a caller as WeCom's documents allow, and the portal speaking to it.

    By the `settings` of the test: a test that changes the address too would else put this one back for all that follow.
    """
    simulator_process.control("reset", strict=1)
    forget_connections()
    settings.WECOM_API_BASE = simulator_process.address
    yield simulator_process
    forget_connections()


def forget_connections():
    """The portal keeps its connections for as long as a process lives; another address needs new ones."""
    wecom_connection.transport.cache_clear()
    wecom_connection.sending_transport.cache_clear()
    wecom_connection.hurried_transport.cache_clear()
    wecom_connection.patient_transport.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """What makes guessing slow makes thousands of sign-ins of tests slow; a third of their time was spent on it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """What a process remembers of its own beats and of a broker that failed is not the next test's."""
    monkeypatch.setattr(beats, "_own", {})
    monkeypatch.setattr(doorbell, "_kept", deque())
    monkeypatch.setattr(doorbell, "broker", Service("The broker"))
    monkeypatch.setattr(database, "server", Service("The database"))


@pytest.fixture(autouse=True)
def room_on_the_disk(monkeypatch):
    """However little the machine has that runs the tests."""
    monkeypatch.setattr(disk, "NEARLY_FULL", 0)


@pytest.fixture
def all_of_us_work(db):
    """Worker and sweeper were heard of a moment ago; called, they are heard of again."""

    def heard_of():
        beats.beat(Beat.Process.WORKER)
        beats.beat(Beat.Process.SWEEPER)

    heard_of()
    return heard_of


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """`with committed(): …` runs what was left for after the commit, such as doorbells."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def doorbells(monkeypatch):
    """The tasks that were rung for, in order, instead of a broker."""
    rung = []
    monkeypatch.setattr("portal.doorbell._publish", lambda task, **when: rung.append(task))
    return rung


@pytest.fixture
def is_postgresql(db):
    return connection.vendor == "postgresql"


@pytest.fixture
def two_hosts():
    """A staff site and a families' site with a host each."""
    with override_settings(PORTAL_URL="http://families.example", STAFF_URL="http://staff.example"):
        yield settings
