"""Our own house on its worst day: PostgreSQL and Redis go away and come back, worker and sweeper fall silent. Nobody has a
message twice, nothing is lost, every page answers, and what is said is true.

A whole demo on a PostgreSQL and a Redis of its own. `SENDING_TIME_SCALE` makes minutes of seconds.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest
import requests

from conftest import free_port
from tests.checks import ROOT
from tests.workers import wait_until

pytestmark = pytest.mark.chaos
SCALE = 5
RESTARTS = 5
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class PostgreSQL:
    def __init__(self):
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="portal-chaos-")), free_port()
        self.server = []
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.server = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self.start()

    def _run(self, program, *options):
        command = [*self.server, str(BINARIES[-1] / program), "-D", str(self.folder / "data"), *options]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-l", str(self.folder / "log"), "-w", "start", "-o", options)

    def stop(self, how="fast"):
        self._run("pg_ctl", "-m", how, "-w", "stop")

    @property
    def address(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def ask(self, sql, *values):
        opened = psycopg2.connect(self.address)
        try:
            with opened, opened.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()
        finally:
            opened.close()


class Redis:
    def __init__(self):
        self.port = free_port()
        self.start()

    def start(self):
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.kill()
        self.process.wait()


class House:
    """The demo's processes, seen from outside: pages, the simulator, the database."""

    def __init__(self, folder, database, redis):
        self.database, self.redis = database, redis
        port = free_port()
        self.environment = os.environ | {
            "PORT": str(port),
            "SIMULATOR_PORT": str(free_port()),
            "PORTAL_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database.address,
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis.port}/0",
            "CACHE_URL": f"rediscache://127.0.0.1:{redis.port}/1",
            "EMAIL_URL": "filemail://mail",
            "SENDING_TIME_SCALE": str(SCALE),
        }
        self.environment["WECOM_API_BASE"] = f"http://127.0.0.1:{self.environment['SIMULATOR_PORT']}"
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        wait_until(lambda: "\nREADY " in self.log.read_text() or self.process.poll() is not None, 180)
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        facts = json.loads((folder / "demo.json").read_text())
        self.portal, self.simulator, self.sign_ins = facts["portal"], facts["simulator"], facts["sign_ins"]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def child(self, words):
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            if words in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return int(pid)
        raise AssertionError(f"no child {words}")

    def shell(self, code):
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def send(self, text):
        """A message to everybody registered, as Send leaves it; its id."""
        return int(self.shell(SEND % text))

    def states(self, message):
        """{state: people of the calls in it}"""
        asked = "SELECT state, sum(size - problems) FROM messaging_batch WHERE message_id = %s GROUP BY state"
        return {state: int(people) for state, people in self.database.ask(asked, message)}

    def is_finished(self, message):
        return self.database.ask("SELECT status FROM messaging_message WHERE id = %s", message) == [("finished",)]

    def arrived(self, start):
        """How often each of the people has a text that begins so."""
        inbox = requests.get(f"{self.simulator}/control/state.json", timeout=10).json()["inbox"]
        return [sum(n for text, n in texts.items() if text.startswith(start)) for texts in inbox.values()]

    def control(self, verb, **values):
        requests.post(f"{self.simulator}/control/{verb}", values, timeout=10).raise_for_status()

    def sign_in(self, role="administrator"):
        browser = requests.Session()
        token = re.search(
            'csrfmiddlewaretoken" value="([^"]+)', browser.get(f"{self.portal}/sign-in/", timeout=30).text
        )
        answer = browser.post(
            f"{self.portal}/sign-in/", self.sign_ins[role] | {"csrfmiddlewaretoken": token[1]}, timeout=30
        )
        assert answer.status_code == 200 and "/sign-in/" not in answer.url
        return browser

    def readyz(self):
        answer = requests.get(f"{self.portal}/readyz", timeout=30)
        return answer.status_code, answer.json()


SEND = """
from messaging.demo import make_message
from portal.people.models import User
from portal.school.models import SchoolSetting
SchoolSetting.objects.update_or_create(name="approval_above", defaults={"value": 0})
print(make_message(User.objects.get(username="administrator"), text="%s ((name))").pk)
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    database, redis = PostgreSQL(), Redis()
    built = House(tmp_path_factory.mktemp("house"), database, redis)
    yield built
    built.stop()
    redis.stop()
    with suppress(subprocess.CalledProcessError):
        database.stop("immediate")
    shutil.rmtree(database.folder)


def test_postgresql_is_restarted_five_times_while_a_message_goes_out(house):
    house.control("chaos", calls="message/send", seconds="0.3", slow="1")
    browser, answers = house.sign_in(), []
    message = house.send("Five times")
    wait_until(lambda: sum(house.states(message).values()) > 0, 30)
    for _ in range(RESTARTS):
        before = house.states(message).get("accepted", 0)
        wait_until(lambda: house.states(message).get("accepted", 0) >= before + 8 or house.is_finished(message), 120)  # noqa: B023
        house.database.stop()
        answers += [browser.get(f"{house.portal}{path}", timeout=30).status_code for path in ("/", "/healthz")]
        time.sleep(1)
        house.database.start()
        answers.append(browser.get(f"{house.portal}/messaging/{message}/", timeout=30).status_code)
    house.control("clear")
    wait_until(lambda: house.is_finished(message), 180)
    assert set(answers) == {200, 503}
    arrived, states = house.arrived("Five times"), house.states(message)
    print(f"{sum(arrived)} arrived, report {states}")
    assert max(arrived) == 1, "somebody has it twice"
    assert states == {"accepted": sum(arrived)}


def test_postgresql_is_restarted_while_nothing_is_sent(house):
    house.database.stop()
    house.database.start()
    message = house.send("Idle")
    began = time.monotonic()
    wait_until(lambda: sum(house.states(message).values()) > 0, 10)
    wait_until(lambda: house.is_finished(message), 60)
    print(f"sent within {time.monotonic() - began:.1f} s")
    assert max(house.arrived("Idle")) == 1 and house.states(message) == {"accepted": sum(house.arrived("Idle"))}


def test_redis_is_away_as_broker_and_as_cache(house):
    house.redis.stop()
    browser = house.sign_in()
    message = house.send("No broker")
    wait_until(lambda: house.readyz()[1]["broker"] == "away", 60)
    assert house.readyz()[0] == 503 and house.readyz()[1]["worker"].startswith("not heard")
    html = browser.get(f"{house.portal}/messaging/{message}/", timeout=30).text
    assert "broker (Redis) does not answer" in html and "when WeCom answers" not in html
    assert requests.get(f"{house.portal}/healthz", timeout=5).text.startswith("ok")
    house.redis.start()
    wait_until(lambda: house.is_finished(message), 90)
    wait_until(lambda: house.readyz()[0] == 200, 60)
    assert max(house.arrived("No broker")) == 1


@pytest.mark.parametrize(("process", "words"), [("worker", "celery"), ("sweeper", "manage.py sweep")])
def test_one_of_us_falls_silent(house, process, words):
    wait_until(lambda: house.readyz()[0] == 200, 60)
    browser = house.sign_in()
    pid = house.child(words)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: house.readyz()[1][process] != "ok", 60)
        status, said = house.readyz()
        assert status == 503 and [name for name, word in said.items() if word != "ok"] == [process]
        dashboard = browser.get(f"{house.portal}/", timeout=30).text
        assert f"{process} is not running" in dashboard and "not yet" in dashboard
        message = house.send(f"Without {process}")
        assert f"{process} is not running" in browser.get(f"{house.portal}/messaging/{message}/", timeout=30).text
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: house.is_finished(message), 90)
    wait_until(lambda: house.readyz()[0] == 200, 60)
    assert max(house.arrived(f"Without {process}")) == 1


def test_no_page_and_no_process_wrote_the_same_line_again_and_again(house):
    lines = [re.sub(r"^[\d\-: ,]+", "", line) for line in house.log.read_text().splitlines() if " is away" in line]
    print(f"{len(lines)} lines say that something is away")
    assert len(lines) < 60
