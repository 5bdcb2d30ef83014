"""Browser journeys run against `manage.py demo` itself: the same processes, a real worker, a real Chromium."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (ROOT / "tests/vendor/axe-core-4.14.1/axe.min.js").read_text()


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        reason = "Chromium is not installed (on Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.exit(f"{reason}, and CI never skips the browser journeys.", returncode=1)
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--no-first-run", *quiet]}


_MORE_CONTACTS = """
from portal.access.demo import make_sign_in
from portal.people.models import Person
people = Person.objects.filter(is_contact=True, user=None, registrations=None).exclude(mobile="")
for person in people.exclude(relationships_as_contact__may_receive_messages=False).order_by("pk").distinct()[:%d]:
    print(make_sign_in(person, password="harbour-2026-more").username)
"""


class Demo:
    """A running demo, and what its simulator saw."""

    def __init__(self, facts, pid, environment):
        self.pid, self.environment = pid, environment
        self.portal, self.simulator = facts["portal"], facts["simulator"]
        self.account, self.sign_ins = facts["simulator_account"], facts["sign_ins"]

    def state(self):
        return requests.get(f"{self.simulator}/control/state.json", timeout=10).json()

    def control(self, verb, **values):
        requests.post(f"{self.simulator}/control/{verb}", values, timeout=10).raise_for_status()

    def sign_in(self, page, role, at="/sign-in/"):
        page.goto(self.portal + at)
        page.fill("[name=username]", self.sign_ins[role]["username"])
        page.fill("[name=password]", self.sign_ins[role]["password"])
        page.click("main button[type=submit], main form button")
        page.wait_for_load_state()

    def _mail(self, address):
        return requests.get(self.simulator + address, timeout=10).text

    def choose_password(self, page, role):
        """By the link in the letter that somebody gets with their first profile: the password of before has ended."""
        until, links = time.monotonic() + 60, []
        while not links and time.monotonic() < until:
            listed = re.findall(r'href="(/mail/[^"]+)"', self._mail("/mail/"))
            links = re.findall(r"http://[^\s\"<]+/choose-password/[^\s\"<]+", "".join(map(self._mail, listed)))
        page.goto(links[0])
        self.sign_ins[role]["password"] = "a-bridge-over-the-harbour"
        for field in ("new_password1", "new_password2"):
            page.fill(f"[name={field}]", self.sign_ins[role]["password"])
        page.get_by_role("button", name="Save the password").click()
        page.wait_for_load_state()

    def shell(self, code):
        """What a line of the portal's own shell prints."""
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
        run = {"cwd": ROOT, "env": self.environment, "capture_output": True, "text": True, "check": True}
        return subprocess.run(command, **run).stdout

    def more_contacts(self, number):
        """Contacts who have not begun to register, with a sign-in each: put into `sign_ins` under the names returned."""
        usernames = self.shell(_MORE_CONTACTS % number).split()
        self.sign_ins |= {name: {"username": name, "password": "harbour-2026-more"} for name in usernames}
        return usernames

    def kill(self, what):
        """SIGKILL the child whose command line holds `what`."""
        for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            if what in Path(f"/proc/{child}/cmdline").read_text():
                os.killpg(int(child), signal.SIGKILL)
                return
        raise AssertionError(f"no child {what}")

    def sign_out(self, page):
        page.context.clear_cookies()


def _database(name):
    """A database of its own on the server of TEST_DATABASE_URL, or a SQLite file."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        return None
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _run_demo(name, port, folder, *options):
    environment = {name: value for name, value in os.environ.items() if name not in _TEST_SETTINGS}
    environment |= {
        "PORT": str(port),
        "SIMULATOR_PORT": str(port + 50),
        "VAR_DIR": str(folder),
        "SECRET_KEY": "only for the browser tests",
        "PORTAL_KEYS": os.environ["PORTAL_KEYS"],
        "PORTAL_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SCHOOL_NAME": "Harbour Bridge School",
        "SCHOOL_CONTACT": "School office, office@harbourbridge.example",
        "TIME_ZONE": "Asia/Shanghai",
        "EMAIL_URL": "filemail://mail",
        "EMAIL_FROM": "portal@harbourbridge.example",
        "WECOM_API_BASE": f"http://127.0.0.1:{port + 50}",
        "ALLOW_SMALL_INSTALL": "True",
        "ALLOW_SIMULATOR": "True",
        "CELERY_QUEUE": name,
        "DATABASE_URL": _database(name) or f"sqlite:///{folder}/db.sqlite3",
    }
    redis = os.environ.get("TEST_REDIS_URL", "").rstrip("/")
    environment["CELERY_BROKER_URL"] = f"{redis}/5" if redis else "filesystem://"
    environment["CACHE_URL"] = f"{redis.replace('redis://', 'rediscache://')}/6" if redis else "dbcache://portal_cache"
    log = (folder / "demo.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", *options], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    until = time.monotonic() + 300
    while "\nREADY " not in (folder / "demo.log").read_text():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            pytest.fail("The demo did not start:\n" + (folder / "demo.log").read_text()[-3000:])
        time.sleep(0.2)
    yield Demo(json.loads((folder / "demo.json").read_text()), process.pid, environment)
    process.send_signal(signal.SIGINT)
    process.wait(20)


_TEST_SETTINGS = {"STAFF_URL", "SENDING_TIME_SCALE", "LOG_LEVEL", "DEBUG"}


@pytest.fixture(scope="session")
def fresh_demo(tmp_path_factory):
    """As `make demo FRESH=1` starts: nothing linked, nobody registered."""
    yield from _run_demo("portal_browser_fresh", 8300, tmp_path_factory.mktemp("fresh"), "--fresh")


@pytest.fixture(scope="session")
def unlinked_demo(tmp_path_factory):
    """Another fresh one, for the journeys of the administration screen."""
    yield from _run_demo("portal_browser_unlinked", 8500, tmp_path_factory.mktemp("unlinked"), "--fresh")


@pytest.fixture(scope="session")
def linked_demo(tmp_path_factory):
    """As `make demo` starts: linked, visible, a third registered."""
    yield from _run_demo("portal_browser_linked", 8400, tmp_path_factory.mktemp("linked"))


@pytest.fixture
def axe_of():
    """A function of a page: what on it breaks WCAG 2.2 AA, in short."""

    def check(page):
        # Run through the debugger's protocol, which the page's own policy does not bind.
        page.evaluate(AXE)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
        return [
            f"{violation['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
            for violation in found["violations"]
            for node in violation["nodes"][:3]
        ]

    return check
