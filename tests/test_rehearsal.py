"""The walk of README's “Running it for real”, command by command, on everything docker-compose.yml starts.

From an empty folder to a message on a telephone, through the proxy, over TLS, on two hosts, with a role that is no
superuser and passwords that break addresses. No container engine is needed: `tests/composed.py` says what stands for it.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin

import psycopg2
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import running_simulator
from tests.checks import ROOT
from tests.composed import NEEDED, PATIENCE, POSTGRESQL, Composed
from tests.mailbox import Mailbox
from tests.workers import wait_until

pytestmark = pytest.mark.chaos
ODD = "pa/ss$wo%rd@:?"
FAMILIES, STAFF = "families.school.example", "staff.school.example"
PASSWORD = "a-harbour-in-November"
PEOPLE = """reference,roles,given_name,family_name,chinese_name,email,mobile,language,groups,pupils
P1,pupil,Ming,Unmistakable,,,,en,year=Year 7; form=7A,
C1,contact,Wei,Unmistakable,,wei@family.example,+86 138 0013 8001,en,,P1=father
"""


def commands_of_readme(heading="## Running it for real"):
    """The lines that README has the operator type below a heading."""
    section = (ROOT / "README.md").read_text().partition(heading)[2]
    return [line for line in re.search(r"```\n(.+?)```", section, re.S)[1].splitlines() if not line.startswith("#")]


def certificate(folder, *more):
    """For both hosts (and more), signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, FAMILIES)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in (FAMILIES, STAFF, *more)])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    folder.mkdir()
    (folder / "portal.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "portal.key").write_bytes(key.private_bytes(*form))


class Operator:
    """Types README's commands into the folder, and writes .env as it asks for."""

    def __init__(self, folder, mailbox, simulator):
        self.composed, self.folder = Composed(folder), folder
        self.mailbox, self.simulator = mailbox, simulator
        self.printed = {}

    def type(self, line):
        """One command, as far as it is not docker's own."""
        typed, _, file = line.partition(" < ")
        words = shlex.split(typed)
        if words[:3] == ["docker", "compose", "exec"]:
            chosen = {"NAME": "root", "E-MAIL": "root@school.example"}
            if words[3] == "db":
                self.composed.execute_in_db(*words[4:])
                return
            command = [chosen.get(word, word) for word in words[3:] if word not in ("-T", "web")]
            printed = self.composed.execute(*command, file=self.folder / file if file else None)
            self.printed[" ".join(words[words.index("manage.py") + 1 :])] = printed
        elif words[:2] == ["docker", "run"]:
            command = words[words.index("school-portal") + 1 :]
            here = [str(self.folder / "secrets") if word == "/secrets" else word for word in command]
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            subprocess.run(here, cwd=self.composed.app, check=True, env={"PATH": path})
        elif words[:3] == ["docker", "compose", "run"]:
            newest = max(map(str, (self.composed.app / "var/backups").glob("*.backup")), default="")
            command = [newest if word.endswith("/FILE") else word for word in words[5:]]
            self.printed[" ".join(words[4:])] = self.composed.run(words[4], *command)
        elif words[:3] == ["docker", "compose", "stop"]:
            assert {self.composed.stop(name) for name in words[3:]} == {0}
        elif words[0] == "cp":
            shutil.copy(self.composed.app / words[1], self.folder / words[2])
            self.write_env()
        elif typed == "docker compose up -d":
            self.composed.read(ALLOW_SIMULATOR="True", WECOM_API_BASE=self.simulator.address)
            self.composed.up()
        else:
            assert line in ("docker build -t school-portal .", "docker compose ps", "git pull"), (
                f"README has a command more: {line}"
            )

    def write_env(self):
        """What the operator writes; every line is there already, empty or as an example."""
        port = self.composed.ports["proxy"]
        (self.folder / "secrets/redis_password").write_text(ODD)
        (self.folder / "secrets/database_password").write_text(f"{ODD}2")
        certificate(self.folder / "certificates")
        text = (self.folder / ".env").read_text()
        for name, value in {
            "SCHOOL_NAME": "Harbour Bridge School",
            "SCHOOL_CONTACT": "School office, office@school.example",
            "PORTAL_URL": f"https://{FAMILIES}:{port}",
            "STAFF_URL": f"https://{STAFF}:{port}",
            "PROXY_TLS": "/certificates/portal.pem /certificates/portal.key",
            "EMAIL_URL": f"smtp://portal@127.0.0.1:{self.mailbox.port}",
            "EMAIL_PASSWORD": f"'{ODD}'",
            "OPERATOR_EMAIL": "it@school.example",
            "LOG_FORMAT": "json",
        }.items():
            text, found = re.subn(rf"^{name}=.*$", lambda _, line=f"{name}={value}": line, text, flags=re.M)
            assert found == 1, f"{name} is no line of deploy/production.env"
        (self.folder / ".env").write_text(text)

    def set(self, name, value):
        """A line more in .env."""
        with (self.folder / ".env").open("a") as file:
            file.write(f"{name}={value}\n")
        self.composed.read(ALLOW_SIMULATOR="True", WECOM_API_BASE=self.simulator.address)


class Browser(requests.Session):
    """Follows links and fills in forms by what stands on the page."""

    def __init__(self, house, host):
        super().__init__()
        self.trust_env = False  # this machine's own certificates would be believed in place of ours
        self.home = f"https://{host}:{house.composed.ports['proxy']}"
        self.verify = str(house.folder / "certificates/portal.pem")

    def request(self, method, url, **options):
        url = url if url.startswith("https:") else self.home + url
        return super().request(method, url, **({"timeout": 120} | options))

    def fill(self, address, files=None, **values):
        """GET the page and POST its form that has these fields, with what stands hidden in it."""
        page = self.get(address)
        assert page.status_code == 200, f"{address}: {page.status_code}"
        forms = [form for form in PostForms(page.text).found if values.keys() <= form.names]
        assert forms, f"no form of {address} has {list(values)}"
        return self._post(page, forms[0], values, files)

    def press(self, address, ending):
        """POST the form of the page whose address ends so."""
        page = self.get(address)
        [form] = [form for form in PostForms(page.text).found if form.address.endswith(ending)]
        return self._post(page, form, {})

    def _post(self, page, form, values, files=None):
        address = urljoin(page.url, form.address)
        return self.post(address, form.hidden | values, files=files, headers={"Referer": page.url})


class PostForms(HTMLParser):
    """The forms of a page that post: where to, which fields they have, and what stands hidden in them."""

    def __init__(self, page):
        super().__init__()
        self.found, self._form = [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self._form = SimpleNamespace(address=given.get("action") or "", names=set(), hidden={})
            if given.get("method", "").lower() == "post":
                self.found.append(self._form)
        elif self._form and given.get("name"):
            self._form.names.add(given["name"])
            if given.get("type") == "hidden":
                self._form.hidden[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None


@pytest.fixture(scope="module")
def house():
    missing = [name for name in NEEDED if not shutil.which(name)] + ([] if POSTGRESQL else ["postgresql"])
    if missing:
        pytest.fail(f"The rehearsal needs {', '.join(missing)} (Debian has packages of these names).")
    folder, mailbox = Path(tempfile.mkdtemp(prefix="portal-rehearsal-")), Mailbox(ODD)
    (folder / "simulator").mkdir()
    with running_simulator(folder / "simulator") as simulator:
        operator = Operator(folder, mailbox, simulator)
        (folder / "people.csv").write_text(PEOPLE)
        yield operator
        operator.composed.down()
    mailbox.close()
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def both_hosts_are_here(monkeypatch):
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **how: resolve("127.0.0.1" if host in (FAMILIES, STAFF) else host, *more, **how),
    )


def test_1_the_commands_of_readme_lead_to_a_portal_that_is_healthy(house):
    began = time.monotonic()
    for line in commands_of_readme():
        house.type(line)
    for name in house.composed.running:
        wait_until(lambda name=name: house.composed.is_healthy(name), PATIENCE)
    print(f"healthy {time.monotonic() - began:.0f} s after the first command")
    assert "2 new" in house.printed["import_people -"] and "dry run" in house.printed["import_people - --dry-run"]
    url = f"postgres://127.0.0.1:{house.composed.ports['db']}/portal"
    with psycopg2.connect(url, user="portal", password=f"{ODD}2") as opened, opened.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = 'portal'")
        assert cursor.fetchone() == (False, False)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url, user="postgres", password=f"{ODD}2")


def link_in(text, host):
    return re.search(rf"https://{host}\S+", text)[0]


def choose_password_and_sign_in(browser, link, username):
    page = browser.get(link)
    browser.fill(page.url, new_password1=PASSWORD, new_password2=PASSWORD)
    answer = browser.fill("/sign-in/", username=username, password=PASSWORD)
    assert answer.status_code == 200 and "/sign-in/" not in answer.url, answer.text


def test_2_the_first_administrator_links_the_school(house):
    browser = Browser(house, STAFF)
    printed = house.printed["create_administrator NAME E-MAIL --print-link"]
    choose_password_and_sign_in(browser, link_in(printed, STAFF), "root")
    account = requests.get(f"{house.simulator.address}/account.json", timeout=10).json()
    answer = browser.fill(
        "/application-setup/weixin-wechat/",
        files={"qr_code": ("qr.png", requests.get(account["qr_code"], timeout=10).content, "image/png")},
        corporation_id=account["corporation_id"],
        application_secret=account["application_secret"],
        application_agent_id=str(account["application_agent_id"]),
        address_book_secret=account["address_book_sync_secret"],
        registration_visible="on",
    )
    assert "Saved. Registration is visible." in answer.text
    house.administrator = browser


def test_3_a_parent_registers_on_the_families_site(house):
    wait_until(lambda: house.mailbox.to("wei@family.example"), PATIENCE)
    [letter] = house.mailbox.to("wei@family.example")
    browser = Browser(house, FAMILIES)
    username = re.search(r"Your username is (\S+)\.", letter)[1]
    choose_password_and_sign_in(browser, link_in(letter, FAMILIES), username)
    assert "Step 2" in browser.fill("/WeChatRegistration/Step1", agree="on").text
    answer = browser.fill("/WeChatRegistration/Step2", mobile="+86 138 0013 8001")
    assert answer.url.endswith("/Step3"), re.sub("<[^>]*>|\\s+", " ", answer.text)
    state = "/WeChatRegistration/Step3/state"
    wait_until(lambda: "<img" in browser.get(state, headers={"HX-Request": "true"}).text, PATIENCE)
    house.simulator.scan("+8613800138001")
    wait_until(lambda: "Registered" in browser.get("/WeChatRegistration/Step3").text, PATIENCE)
    assert browser.get("/messaging/").status_code == 404, "the families' host shows nothing of the staff's"


def test_4_one_message_lies_on_the_telephone_once(house):
    browser, text = house.administrator, "The museum opens at eight, says the rehearsal."
    page = browser.fill("/messaging/new/", text=text, roles="contacts", do="check")
    sent = browser.press(page.url, "/send/")
    browser.press(sent.url, "/start-now/")
    wait_until(lambda: [texts for texts in house.simulator.inbox.values() if text in texts], PATIENCE)
    assert [texts[text] for texts in house.simulator.inbox.values() if text in texts] == [1]


def test_5_what_is_not_for_everybody_is_refused_on_the_way(house):
    composed = house.composed
    plain = requests.get(
        f"http://127.0.0.1:{composed.ports['plain']}/", headers={"Host": STAFF}, allow_redirects=False, timeout=10
    )
    assert plain.status_code == 308 and plain.headers["Location"].startswith(f"https://{STAFF}")
    browser = Browser(house, STAFF)
    page = browser.get("/sign-in/")
    assert "max-age" in page.headers["Strict-Transport-Security"] and "Secure" in page.headers["Set-Cookie"]
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(f"https://127.0.0.1:{composed.ports['proxy']}/", timeout=10, verify=False)  # no host of ours
    too_much = browser.post("/sign-in/", b"x" * 31_000_000, headers={"Referer": page.url})
    assert too_much.status_code == 413


def test_6_a_health_check_turns_red_with_what_it_watches(house):
    composed, long_ago = house.composed, time.time() - 120
    for name in ("worker", "sweeper"):
        process = composed.running[name]
        process.send_signal(19)  # SIGSTOP
        os.utime(composed.app / f"var/alive/{name}", (long_ago, long_ago))
        assert not composed.is_healthy(name)
        process.send_signal(18)
        wait_until(lambda name=name: composed.is_healthy(name), PATIENCE)


def test_7_a_backup_is_put_into_a_new_database_and_nothing_leaves_before_it_is_released(house):
    house.type("docker compose run --rm backup")
    assert "WARNING" not in house.printed["backup"]
    for line in commands_of_readme("### Backups, and putting one back"):
        house.type(line)
        if line.endswith("portal_again"):
            house.set("DATABASE_URL", "postgres://portal@db/portal_again")
    assert "every table holds" in house.printed["backup python manage.py restore /app/var/backups/FILE"]
    wait_until(lambda: house.composed.is_healthy("web"), PATIENCE)
    browser = Browser(house, STAFF)
    browser.fill("/sign-in/", username="root", password=PASSWORD)
    assert "Sending is held" in browser.get("/").text


def test_8_a_new_version_says_what_it_would_do(house):
    for line in commands_of_readme("### A new version"):
        if line != "docker compose up -d":
            house.type(line)
    assert "The database is up to date." in house.printed["migrate python manage.py upgrade"]


def test_9_all_end_in_order_and_the_logs_hold_lines_of_json_and_no_name(house):
    composed = house.composed
    ours = ("web", "worker", "sweeper")
    began = time.monotonic()
    assert {composed.stop(name) for name in ours} == {0}
    print(f"stopped within {time.monotonic() - began:.1f} s")
    logs = {name: composed.log(name) for name in (*ours, "proxy")}
    for name, text in logs.items():
        assert "Traceback" not in text, f"{name}: {text[-3000:]}"
        for secret in ("Unmistakable", "13800138001", "museum", "wei@", ODD):
            assert secret not in text, f"{secret} in the log of {name}"
    requests_logged = [json.loads(line) for line in logs["web"].splitlines() if line.startswith("{")]
    assert {"/messaging/new/", "/WeChatRegistration/Step1"} <= {line.get("page") for line in requests_logged}
    runs = [json.loads(line) for line in logs["worker"].splitlines() if "send run" in line]
    assert sum(run["ok"] for run in runs) >= 1 and any(run.get("request") for run in runs)
