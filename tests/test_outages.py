"""Each part of a real installation dead for a while, one after the other: what pages, /readyz, the operator's mail and the
logs say of it, and that it is over. Everything docker-compose.yml starts, as processes (tests/composed.py).

`make outages` prints what docs/operations.md has as a table. OUTAGE_MINUTES says for how long each part is dead at least,
in minutes of the portal's own clock, which runs SCALE times as fast.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import requests

from conftest import Simulator, free_port
from tests.checks import ROOT
from tests.composed import PATIENCE, Composed
from tests.mailbox import Mailbox
from tests.test_rehearsal import ODD, certificate
from tests.workers import wait_until

pytestmark = pytest.mark.chaos
SCALE = 10
MINUTES = float(os.environ.get("OUTAGE_MINUTES", "0"))
OPERATOR = "it@school.example"
SET_UP = """
from messaging.demo import make_message
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.demo import make_registration
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account
account = make_account()
registration = make_registration(make_person("contact", mobile="+8613800138001"))
address_book_client(account).create_member(userid=registration.userid, name="Pat", mobile=registration.mobile,
    department=[1], to_invite=False)
make_sign_in(make_person("staff"), username="author", options=["messaging.write"])
"""
SEND = """
from messaging.demo import make_message
from portal.people.models import User
make_message(User.objects.get(username="author"), text="%s")
"""


class WeCom:
    """The simulator as a process that may die and comes back with what it knew."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.simulator = Simulator(f"http://127.0.0.1:{self.port}")
        self.start()

    def start(self):
        command = [sys.executable, "-m", "wechat_admin.simulator", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"VAR_DIR": str(self.folder)})
        wait_until(self._answers, 60)

    def _answers(self):
        try:
            return requests.get(f"{self.simulator.address}/account.json", timeout=1).ok
        except requests.RequestException:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()


class House:
    """What an operator has, and what they and others see of it."""

    def __init__(self, folder):
        (folder / "wecom").mkdir()
        self.folder, self.wecom, self.mailbox = folder, WeCom(folder / "wecom"), Mailbox(ODD)
        self.letters = []
        composed = self.composed = Composed(folder)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        subprocess.run(
            [sys.executable, "-m", "portal.keys", str(folder / "secrets")],
            cwd=composed.app,
            check=True,
            env={"PATH": path},
        )
        certificate(folder / "certificates", "localhost")
        self.address = f"https://localhost:{composed.ports['proxy']}"
        self._write_env()
        composed.read(
            ALLOW_SIMULATOR="True",
            WECOM_API_BASE=self.wecom.simulator.address,
            SENDING_TIME_SCALE=SCALE,
            SSL_CERT_FILE=str(folder / "certificates/portal.pem"),
        )
        composed.up()
        for name in composed.running:
            wait_until(lambda name=name: composed.is_healthy(name), PATIENCE)
        self.shell(SET_UP)
        self.wecom.simulator.scan("+8613800138001")

    def _write_env(self):
        text = (ROOT / "deploy/production.env").read_text()
        for name, value in {
            "SCHOOL_NAME": "Harbour Bridge School",
            "SCHOOL_CONTACT": "School office, office@school.example",
            "PORTAL_URL": self.address,
            "PROXY_TLS": "/certificates/portal.pem /certificates/portal.key",
            "EMAIL_URL": f"smtp://portal@127.0.0.1:{self.mailbox.port}",
            "EMAIL_PASSWORD": shlex.quote(ODD),
            "OPERATOR_EMAIL": OPERATOR,
        }.items():
            text = re.sub(rf"^{name}=.*$", lambda _, line=f"{name}={value}": line, text, flags=re.M)
        (self.folder / ".env").write_text(text)

    def shell(self, code):
        return self.composed.execute("python", "manage.py", "shell", "-v", "0", "-c", code)

    # --- what is seen ---

    def page(self, path="/sign-in/"):
        browser = requests.Session()
        browser.trust_env = False  # this machine's own certificates would be believed in place of ours
        try:
            return browser.get(
                self.address + path, verify=str(self.folder / "certificates/portal.pem"), timeout=30
            ).status_code
        except requests.RequestException as error:
            return type(error).__name__

    def readyz(self):
        """As a monitor beside the web server sees it: {name: word} of what is not well, or None where nobody answers."""
        try:
            said = requests.get(f"http://127.0.0.1:{self.composed.ports['web']}/readyz", timeout=30).json()
        except requests.RequestException:
            return None
        return {name: word for name, word in said.items() if word != "ok"}

    def told(self):
        """The operator's letters so far."""
        return [*self.letters, *self.mailbox.to(OPERATOR)]

    def lines(self):
        """{service: its log}"""
        return {file.stem: file.read_text() for file in self.folder.glob("*.log")}

    # --- who dies ---

    def kill(self, name):
        if name == "mail":
            self.letters += self.mailbox.to(OPERATOR)
            self.mailbox.letters.clear()
            self.mailbox.close()
        elif name == "wecom":
            self.wecom.kill()
        else:
            self.composed.kill(name)

    def start_again(self, name):
        if name == "mail":
            self.mailbox = Mailbox(ODD, self.mailbox.port)
        elif name == "wecom":
            self.wecom.start()
        else:
            self.composed.start_again(name)


@pytest.fixture(scope="module")
def house():
    folder = Path(tempfile.mkdtemp(prefix="portal-outages-"))
    folder.chmod(0o755)
    house = House(folder)
    yield house
    house.composed.down()
    house.wecom.kill()
    house.mailbox.close()
    shutil.rmtree(folder)


def all_is_well(house):
    return house.readyz() == {} and house.page() == 200


@pytest.mark.parametrize(
    ("part", "shown", "not_ready", "letter"),
    [
        ("db", 503, "database", "The database does not answer"),
        ("redis", 200, "broker", "broker (Redis) does not answer"),
        ("worker", 200, "worker", "worker is not running"),
        ("sweeper", 200, "sweeper", "sweeper is not running"),
        ("web", 502, None, "does not answer under"),
        ("proxy", "ConnectionError", None, "does not answer under"),
        ("mail", 200, "mail", None),
        ("wecom", 200, None, "WeCom does not answer"),
    ],
)
def test_a_part_that_is_dead_is_told_and_over_when_it_is_back(house, part, shown, not_ready, letter):
    wait_until(lambda: all_is_well(house), PATIENCE)
    time.sleep(120 / SCALE)  # its address was asked
    told, before, began = house.told(), house.lines(), time.monotonic()
    house.kill(part)
    if part in ("mail", "wecom"):
        house.shell(SEND % f"Without {part}")
    if part == "mail":
        house.shell("from portal.mail.actions import post; post(kind='access.welcome', about=1)")
    wait_until(lambda: house.page() == shown, 60)
    if not_ready:
        wait_until(lambda: not_ready in (house.readyz() or {}), 90)
    if letter:
        wait_until(lambda: any(letter in text for text in house.told()[len(told) :]), 300)
    took = time.monotonic() - began
    time.sleep(max(0, 60 * MINUTES / SCALE - took))
    written = {name: text[len(before.get(name, "")) :] for name, text in house.lines().items()}
    letters = house.told()[len(told) :]
    print(f"\n{part}: page {house.page()}, /readyz {house.readyz()}, told after {took * SCALE:.0f} s of its clock")
    print_what_was_said(written, letters)
    house.start_again(part)
    wait_until(lambda: all_is_well(house), PATIENCE)
    if letter:
        wait_until(lambda: len(house.told()) > len(told) + len(letters), 300)
    for name in ("web", "worker", "sweeper"):
        assert "Traceback" not in written.get(name, ""), written[name][-3000:]


def print_what_was_said(written, letters):
    for name, text in written.items():
        lines = [line for line in text.splitlines() if " INFO " not in line]
        if lines:
            print(f"   log of {name}: {len(lines)} lines, {lines[0][:160]}")
    for text in letters:
        print("   letter:", text.partition("\n")[0])


def test_everybody_has_what_was_sent_meanwhile_once(house):
    def arrived():
        """How often, of each text that was sent while mail or WeCom were dead."""
        texts = [texts for inbox in house.wecom.simulator.inbox.values() for texts in inbox.items()]
        return {text: times for text, times in texts if text.startswith("Without")}

    wait_until(lambda: len(arrived()) == 2, PATIENCE)
    assert set(arrived().values()) == {1}
