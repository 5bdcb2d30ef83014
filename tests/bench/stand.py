"""Where a row is measured: a school, WeCom's place, and the portal's own processes."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg2
import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Message
from messaging.sending.pump import SEEN_AFTER
from portal import processes
from portal.access.demo import make_sign_in
from portal.doorbell import ring_at_once
from portal.health.models import Beat
from portal.health.tasks import BEAT
from portal.people.demo import make_person

from . import environment, school
from .meters import Meter

ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = {"include": [{"role": "registered"}]}
WEB = ["gunicorn", "tests.bench.counted_web", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
WEB += ["--log-level", "error", "--no-control-socket"]
WORKER = ["celery", "--quiet", "-A", "tests.bench.counted", "worker", "--pool", "threads", "--concurrency", "4"]
QUIET = ["--loglevel", "ERROR", "--without-mingle", "--without-gossip", "--without-heartbeat"]
PATIENCE = 1800  # seconds for a message


def make_database():
    """Its own, anew."""
    if not environment.IS_SMALL:
        outside = psycopg2.connect(environment.BESIDE)
        outside.autocommit = True
        with outside.cursor() as cursor:
            name = environment.own_database()[0]
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
        outside.close()
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    call_command("collectstatic", "--noinput", verbosity=0)
    (settings.VAR_DIR / "broker").mkdir(parents=True, exist_ok=True)


def say(line):
    print(line, file=sys.stderr, flush=True)


class Stand:
    """`people` and `times` are what was asked for; a row may have a size of its own made by `school_of`."""

    def __init__(self, people, times, workers=2):
        self.people, self.times, self.workers = people, times, workers
        self.account = self.author = None
        self.second = None  # without whom nothing urgent leaves
        self.size = 0
        self.running = {}
        self.more = {}  # settings of those who send
        self.texts = 0
        self.measured = {}  # what a row has measured already, for another that looks at the same runs

    def school_of(self, number):
        if self.size != number:
            say(f"a school of {number:,} people …")
            self.account, self.author = school.make_school(number)
            self.second = make_sign_in(make_person("staff"))
            self.size = number

    # --- processes ---

    def _start(self, name, command, **more):
        quiet = {"PYTHONWARNINGS": "ignore"}
        self.running[name] = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | quiet | more, start_new_session=True, stdout=subprocess.DEVNULL
        )

    @contextmanager
    def portal(self, *, workers=None, connections=8, latency=0.0):
        """WeCom that takes `latency` milliseconds a call, workers, sweeper and web server."""
        workers = self.workers if workers is None else workers
        self.more = {"SENDING_CONNECTIONS": str(connections)}
        wecom = [sys.executable, "-m", "tests.bench.wecom", str(environment.WECOM_PORT), "--latency", str(latency)]
        self._start("wecom", wecom)
        self._start_those_who_send(workers)
        if not workers:  # pages are those of a portal that works: of a silent worker they ask more
            Beat.objects.create(process=Beat.Process.WORKER, at=Now() + timedelta(hours=6))
        self._start("web", [sys.executable, "-m", *WEB, "--bind", f"127.0.0.1:{environment.WEB_PORT}"], **self.more)
        try:
            self._wait(lambda: processes.answers(f"{settings.WECOM_API_BASE}/stats"))
            self._wait(lambda: processes.answers(f"{settings.PORTAL_URL}/healthz"))
            if workers:
                self._wait(lambda: processes.answers(f"{settings.PORTAL_URL}/readyz"))
                self._wait(lambda: _are_seen(workers))
            yield
        finally:
            self._stop()
            Beat.objects.filter(at__gt=Now()).delete()

    def _start_those_who_send(self, workers):
        for number in range(workers):
            self._start(
                f"worker {number + 1}", [sys.executable, "-m", *WORKER, *QUIET], **self.more, **_own_folder(number)
            )
        self._start("sweeper", processes.sweeper(), **self.more)

    def kill_and_start_again(self):
        """kill -9 of whoever sends, and others in their place."""
        senders = [name for name in self.running if name.startswith(("worker", "sweeper"))]
        for name in senders:
            self.running[name].kill()
        for name in senders:
            self.running.pop(name).wait()
        self._start_those_who_send(len(senders) - 1)

    def _stop(self):
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def _wait(self, check, seconds=60):
        until = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < until and all(p.poll() is None for p in self.running.values()), "does not start"
            time.sleep(0.1)

    @property
    def pids(self):
        """Our own processes, without the one in WeCom's place; of the web server those that answer."""
        ours = [process.pid for name, process in self.running.items() if name != "wecom"]
        return ours + [child for pid in ours for child in _children_of(pid)]

    # --- messages ---

    def draft(self, rule=None, **fields):
        self.texts += 1
        values = {"text": f"No school on day {self.texts}: 明天放假。"} | fields
        return make_message(self.author, status=Message.Status.DRAFT, rule=rule or EVERYBODY, **values)

    def browser(self):
        session = requests.Session()
        session.cookies.update(school.signed_in(self.author))
        return session

    def send(self, message, browser):
        """Press Send, as somebody who has looked at the page before it. Cost until nothing of it is open any more."""
        form = form_of(browser.get(f"{settings.PORTAL_URL}/messaging/{message.pk}/check/").text)
        with Meter(self.pids) as cost:
            began = time.monotonic()
            answer = browser.post(
                f"{settings.PORTAL_URL}/messaging/{message.pk}/send/", form, allow_redirects=False, timeout=600
            )
            assert answer.status_code == 302, answer.text[:500]
            self.until_it_has_ended(message)
            cost.seconds = time.monotonic() - began
        message.refresh_from_db()
        return cost

    def until_it_has_ended(self, message):
        until = time.monotonic() + PATIENCE
        while True:
            message.refresh_from_db(fields=["status", "paused_reason"])
            if message.status in (Message.Status.FINISHED, Message.Status.CANCELLED):
                return
            assert message.status != Message.Status.PAUSED, message.paused_reason
            assert message.status != Message.Status.DRAFT, "Send was refused"
            assert time.monotonic() < until, message.status
            time.sleep(0.01)

    def wecom(self, what, **values):
        """Ask the server in WeCom's place: "stats"; or tell it: "reset", "trouble"."""
        data = None if what == "stats" else json.dumps(values).encode()
        with urllib.request.urlopen(f"{settings.WECOM_API_BASE}/{what}", data, timeout=30) as answer:
            return json.load(answer)

    def tidy(self):
        """What autovacuum does at times of its own, before the next run begins."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE messaging_delivery, messaging_batch, messaging_attempt")


def _own_folder(number):
    """A folder for each worker, as on hosts of their own; where the broker is files there is one for all."""
    return {} if environment.IS_SMALL else {"VAR_DIR": str(settings.VAR_DIR / f"host-{number + 1}")}


def _are_seen(workers):
    """Whether each has its share of the connections, as where they have run for more than a moment."""
    for _ in range(workers):
        ring_at_once(BEAT)
    living = Beat.objects.living().filter(process=Beat.Process.WORKER)
    return living.filter(began_at__lt=Now() - SEEN_AFTER).count() >= workers


def _children_of(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def form_of(page):
    """What the form that sends would carry."""
    return {name: re.search(f'name="{name}" value="([^"]*)"', page)[1] for name in ("csrfmiddlewaretoken", "shown")}
