"""Every form as every role, with what nobody means: no answer is a fault.

A few seconds with every test, a minute in CI, ten by `make fuzz`. A failure names its seed: FUZZ_SEED=… tries it again.
"""

import io
import os
import random
import time
from html.parser import HTMLParser

import pytest
import qrcode
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from PIL import Image

from messaging.demo import make_message
from messaging.models import Message, SavedAudience, Template
from portal.access.demo import make_administrator, make_sign_in, make_viewing
from portal.access.models import Profile
from portal.people.demo import make_group, make_person, relate
from portal.people.roles import Role
from registration.demo import make_registration
from registration.models import Registration
from wechat_admin.demo import make_account

from .test_permissions import TABLE, names

pytestmark = pytest.mark.django_db
SECONDS = float(os.environ.get("FUZZ_SECONDS", "7"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 10**6)
ROLES = ["nobody", "contact", "pupil", "staff", "sender", "administrator", "viewing as a contact"]

TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\r\n\t\x0b\x1b",
    "0",
    "-1",
    "00",
    "1e9",
    "NaN",
    "٣",
    "9" * 18,
    "9" * 19,
    "9" * 5000,
    "news",
    "None",
    "null",
    "[]",
    "{}",
    "true",
    "on",
    "on\0",
    "1:contacts",
    "9" * 30 + ":contacts",
    "1:",
    ":",
    "x:y:z",
    "https://",
    "Https://school.example/a",
    "https://[",
    "http://[::1",
    "javascript:alert(1)",
    "//elsewhere.example",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-02-30T25:61",
    "2026-03-29T02:30",
    "2026-11-25T08:00+08:00",
    "((name))((children))((nobody))((",
    "{{ user }}{% load x %}",
    "%(name)s%s%d%",
    "'\"<>&",
    "‮\u2066\u200f",
    "刘𠮷㐂",
    "👩‍👩‍👧" * 50,
    "a" * 81,
    "字" * 700,
    "x" * 200_000,
    "A, B; C",
    "a@b",
    "Wei.Li@family.example ",
    "+86" * 30,
    "1.3E+10",
    "１３８００００００００",
    "C1\rC2\rC3",
    '"' * 20_000,
    "=cmd|' /C calc'!A0",
    "..%2f..%2fetc",
    "eyJhIjoxfQ:1aaaaa:bbbbbbbbbbbbbbbbbbbbbbbbbbb",
    ":::",
]


def _png(text="", size=(40, 40)):
    data = io.BytesIO()
    picture = qrcode.make(text, box_size=3).get_image().convert("RGB") if text else Image.new("RGB", size, "green")
    picture.save(data, "PNG")
    return data.getvalue()


FILES = [
    ("", b""),
    ("empty.csv", b""),
    ("list.csv", b"reference\rC1\rC2\r"),
    ("list.csv", b"reference\n" + b"x" * 140_000),
    ("list.csv", b'reference\n"never closed'),
    ("list.csv", b"\0\0\0\n\xff\xfe\x00"),
    ("list.csv", "编号\nC1,姓名".encode("gb18030")),
    ("list.txt", b"\xef\xbb\xbf" + b"C1\n" * 11_000),
    ("a\0b\r\n.png", _png()),
    ("../../etc/passwd", b"root"),
    ("a" * 300 + ".png", _png()),
    ("broken.png", _png()[:60]),
    ("wide.png", _png(size=(4000, 1))),
    ("code.png", _png("https://[")),
    ("code.png", _png("https://work.weixin.qq.com/u/1")),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("photo.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40),
    ("film.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 40),
    ("report.pdf", b"%PDF-1.7"),
]
BODIES = [
    (b'{"text": "Hel', "application/json"),
    (b"", "application/json"),
    (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nHel', "multipart/form-data; boundary=x"),
    (b"--x", "multipart/form-data"),
    (b"--x", "multipart/form-data; boundary=\xff".encode("latin-1").decode("latin-1")),
    (b"%ff%fe=%00&a[]=%", "application/x-www-form-urlencoded"),
    (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
    (b"<xml><Encrypt>x</Encrypt></xml>", "text/xml"),
    (b"x", "text/plain; charset=nonsense"),
    (b"text=x", "application/x-www-form-urlencoded; charset=nonsense"),
]


class Forms(HTMLParser):
    """The forms of a page: (method, address, {name: [values]}, names of its files)."""

    def __init__(self, page):
        super().__init__()
        self.found, self._name = [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        name, value = attributes.get("name"), attributes.get("value") or ""
        if tag == "form":
            method, address = attributes.get("method", "get").lower(), attributes.get("action") or ""
            self.found.append((method, address, {}, set()))
        if not self.found or not name or name == "csrfmiddlewaretoken":
            return
        values, files = self.found[-1][2], self.found[-1][3]
        if attributes.get("type") == "file":
            files.add(name)
        elif tag in ("input", "button", "select", "textarea"):
            values.setdefault(name, [])
            if tag != "input" or attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes:
                values[name].append(value)


class School:
    """One of everything, so that every address has something to be about."""

    def __init__(self):
        make_account(qr_picture=_png())
        self.people = {
            role: make_person(role, email=f"{role}@family.example") for role in ("contact", "pupil", "staff")
        }
        relate(self.people["contact"], self.people["pupil"])
        year = make_group("year", "Year 7")
        make_group("form", "7A", parent=year, members=[self.people["pupil"]])
        self.users = {role: make_sign_in(person) for role, person in self.people.items()}
        self.users["sender"] = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.approve"])
        self.users["administrator"] = make_administrator()
        for role, status in zip(("contact", "pupil"), ("REGISTERED", "IN_WECOM"), strict=True):
            make_registration(self.people[role], Registration.Status[status])
        disputed = make_registration(make_person("contact"), Registration.Status.CONFIRMED, problem="number taken")
        self.profile = Profile.objects.filter(is_system_administrator=False).first()
        self.pks = {
            "other": [self.users["contact"].pk],
            "registration": [disputed.pk],
            "profile": [profile.pk for profile in Profile.objects.all()],
            "template": [Template.objects.create(name="Snow", text="Stay at home").pk],
            "audience": [],
            "message": [],
        }
        for user in (self.users["sender"], self.users["administrator"]):
            self.pks["audience"].append(
                SavedAudience.objects.create(owner=user, name="All", rule={"include": [{"role": Role.CONTACT}]}).pk
            )
            for status in Message.Status:
                reason = Message.PausedReason.SAME_TEXT if status == Message.Status.PAUSED else ""
                self.pks["message"].append(make_message(user, status=status, paused_reason=reason).pk)

    def client(self, role):
        client = Client(raise_request_exception=False)
        if role in self.users:
            client.force_login(self.users[role])
        elif role != "nobody":
            client.force_login(self.users["administrator"])
            session = client.session
            session.update(make_viewing(self.users["contact"], by=self.users["administrator"]))
            session.save()
        return client


# The first three end the session, so that nobody would be signed in for what follows; the last says 503 of our processes.
LEFT_OUT = {"sign-out", "sign-out-everywhere", "end-own-session", "stop-impersonating", "impersonate", "readyz"}


class Fuzz:
    enough = 5  # faults, to stop at

    def __init__(self, school, role, seed):
        self.school, self.role, self.seed = school, role, seed
        self.dice = random.Random(f"{seed} {role}")
        self.client = school.client(role)
        self.sent, self.faults = 0, []
        self.addresses = [name for name in names(get_resolver().url_patterns) if name not in LEFT_OUT]

    def run(self, until):
        # Every address once as it is meant, then as nobody means it.
        for name in self.addresses:
            self.visit(self.address(name, meant=True), meant=True)
        while time.monotonic() < until and len(self.faults) < self.enough:
            self.visit(self.address(self.dice.choice(self.addresses), meant=self.dice.random() < 0.8))

    def address(self, name, *, meant):
        arguments = TABLE[name][0]
        values = {}
        for key, value in arguments.items():
            known = self.school.pks.get({"draft": "message", "awaiting": "message"}.get(value, value), [value])
            values[key] = self.dice.choice(known)
            if not meant:
                values[key] = self.dice.choice(["9" * 18, "9" * 5000, "0", "\0", "x", "刘", values[key]])
        try:
            return reverse(name, kwargs=values)
        except NoReverseMatch:  # an int in the pattern: written by hand
            known = reverse(name, kwargs={key: 4242 for key in values})
            return known.replace("4242", str(self.dice.choice(["9" * 18, "9" * 5000, "0"])))

    def visit(self, address, *, meant=False):
        query = "" if meant or self.dice.random() < 0.6 else "?" + "&".join(self.pairs())
        page = self.send("get", address + query)
        if page.status_code == 200 and "html" in page.headers.get("Content-Type", ""):
            for method, action, values, files in Forms(page.content.decode()).found:
                if meant or self.dice.random() < 0.5:
                    self.fill_in(method, action or address, values, files, meant=meant)
        if not meant:
            self.send("post", address, data=self.wrong({}, set()))
            body, kind = self.dice.choice(BODIES)
            self.send("generic", address, body, kind)

    def pairs(self):
        known = [
            "before",
            "q",
            "next",
            "by",
            "form",
            "group",
            "role",
            "standing",
            "template",
            "from",
            "as",
            "who",
            "show",
        ]
        known += ["language", "since", "shown", "msg_signature", "timestamp", "nonce", "echostr", self.text()[:9]]
        return [f"{self.dice.choice(known)}={self.text()[:900]}" for _ in range(self.dice.randrange(1, 4))]

    def text(self):
        return self.dice.choice(TEXTS)

    def fill_in(self, method, action, values, files, *, meant):
        if (
            any(action.startswith(reverse(name)) for name in ("sign-out", "stop-impersonating"))
            or "impersonate" in action
        ):
            return
        data = dict(values) if meant else self.wrong(values, files)
        self.send(method, action, data=data)

    def wrong(self, values, files):
        """What the form would send, with one to four of its fields as nobody means them."""
        data = {name: list(chosen) for name, chosen in values.items()}
        fields = [*data, "seen", "version", "q", "do", "shown", "next"]
        for name in self.dice.sample(fields, min(len(fields), self.dice.randrange(1, 5))):
            match self.dice.randrange(8):
                case 0:
                    data.pop(name, None)
                case 1:
                    data[name] = [self.text(), self.text()]
                case _:
                    data[name] = [self.text()]
        for name in files:
            if self.dice.random() < 0.5:
                file, content = self.dice.choice(FILES)
                data[name] = SimpleUploadedFile("x", content)
                data[name]._name = file or "x"
        return data

    def send(self, method, address, *raw, **request):
        """One request, undone after it: what follows meets the same school."""
        before = dict(self.client.cookies)
        try:
            with transaction.atomic():
                arguments = ("POST", address, *raw) if raw else (address,)
                response = getattr(self.client, method)(*arguments, **request)
                transaction.set_rollback(True)
        except ValueError:  # the test client itself cannot send it
            response = self.client.get("/healthz")
        self.client.cookies.clear()
        self.client.cookies.update(before)
        self.sent += 1
        if response.status_code >= 500:
            why = getattr(response, "exc_info", None)
            data = str(raw or request.get("data", ""))[:600]
            self.faults.append(f"{method} {address[:300]} {data}: {response.status_code} {why and repr(why[1])[:300]}")
        return response


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_is_sent_is_answered_by_a_fault(role, doorbells):
    fuzz = Fuzz(School(), role, SEED)
    fuzz.run(time.monotonic() + SECONDS / len(ROLES))
    assert not fuzz.faults, f"FUZZ_SEED={SEED}, {role}, {fuzz.sent} requests:\n" + "\n".join(fuzz.faults)
    assert fuzz.sent >= len(fuzz.addresses)


def test_a_fault_would_be_found(doorbells, monkeypatch):
    """The fuzz itself: a page that takes whatever stands in its address for a number."""
    monkeypatch.setattr("portal.paging.read_id", lambda text: int(text) if text else None)
    fuzz = Fuzz(School(), "administrator", 6)
    fuzz.addresses, fuzz.enough = ["audit"], 1
    fuzz.run(time.monotonic() + 60)
    assert any("before=" in fault for fault in fuzz.faults), fuzz.faults
