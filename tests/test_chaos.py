"""Thousands of people, workers killed with SIGKILL or frozen past their leases, WeCom late, silent and busy, the
database cut off from everybody, the broker emptied: everybody has the message once, and the report says so. Runs real
workers and sweepers as processes, `SENDING_TIME_SCALE` makes hours of seconds."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import requests
from django.conf import settings
from django.db import connection
from django.db.models import Max

from messaging.demo import make_message
from messaging.models import Attempt, Batch, Message
from messaging.sending.pace import PACE
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.celery import app
from portal.doorbell import ring
from portal.people.demo import make_person
from portal.people.models import Person
from portal.school.models import SchoolSetting
from registration.models import Registration
from wechat_admin.connection.clients import hurried_client
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[1]
SWEEPER = [sys.executable, "manage.py", "sweep"]
PEOPLE, MESSAGES, KILLS, AT_ONCE = 1500, 3, 25, 5


def people_of_the_school(account, simulator):
    Person.objects.bulk_create(
        Person(reference=f"X{n:05}", given_name="Pat", family_name=f"No{n}", mobile=f"+86138{n:08}", is_contact=True)
        for n in range(PEOPLE)
    )
    book = hurried_client(account.corporation_id, account.address_book_secret)
    registrations = []
    for person in Person.objects.filter(reference__startswith="X"):
        userid = f"sp-{person.reference}"
        book.create_member(userid=userid, name=person.name, mobile=person.mobile, department=[1], to_invite=False)
        registrations.append(
            Registration(
                person=person,
                account_key=account.account_key,
                status="registered",
                mobile=person.mobile,
                userid=userid,
                created_by_us=True,
                consented_at="2026-01-01T00:00:00Z",
                confirmed_at="2026-01-01T00:00:00Z",
                consent_version="x",
                consent_language="en",
            )
        )
    Registration.objects.bulk_create(registrations)
    phones = requests.Session()
    for person in Person.objects.filter(reference__startswith="X"):
        phones.post(f"{simulator.address}/scan", {"number": person.mobile}, allow_redirects=False, timeout=10)


class Storm:
    """WeCom on its worst day: late, silent and busy, five calls at once and not one more, and tokens that die while
    calls are in the air. Its clock runs as fast as the portal's."""

    def __init__(self, simulator):
        self.simulator, self.killed = simulator, 0
        simulator.speed(float(os.environ["SENDING_TIME_SCALE"]))
        simulator.limit(at_once=AT_ONCE)
        simulator.control(
            "chaos",
            calls="message/send",
            seconds=1,
            slow=0.05,
            late=0.1,
            drop=0.05,
            drop_after=0.1,
            busy=0.05,
            busy_after=0.1,
            http500=0.05,
        )

    def blow(self):
        if random.random() < 0.4:
            self.simulator.kill_tokens()
            self.killed += 1


class Workers:
    """Real workers and a sweeper on the test's own database."""

    def __init__(self, simulator, **environment):
        database = connection.settings_dict
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        if not database["HOST"]:
            url = f"postgres:///{database['NAME']}"
        self.environment = os.environ | {"DATABASE_URL": url, "WECOM_API_BASE": simulator.address, "LOG_LEVEL": "ERROR"}
        self.environment["SENDING_CONNECTIONS"] = str(AT_ONCE + 3)  # more than WeCom takes
        self.environment |= environment
        self.worker = [sys.executable, "-m", "celery", "--quiet", "-A", "portal", "worker", "--pool", "threads"]
        self.worker += ["--concurrency", "2", "--without-mingle", "--without-gossip", "--without-heartbeat"]
        self.running = [self.start(self.worker), self.start(self.worker)]
        self.sweepers = [self.start(SWEEPER), self.start(SWEEPER)]
        self.kills = 0

    def start(self, command):
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)

    def kill_one(self):
        index = random.randrange(len(self.running))
        os.killpg(self.running[index].pid, signal.SIGKILL)
        self.running[index].wait()
        self.running[index] = self.start(self.worker)
        self.kills += 1

    def freeze_one_past_its_lease(self):
        """Its calls are answered while it stands still; when it goes on, its leases are another's."""
        frozen = random.choice(self.running)
        os.killpg(frozen.pid, signal.SIGSTOP)
        time.sleep(2 * PACE.lease.total_seconds())
        os.killpg(frozen.pid, signal.SIGCONT)

    def kill_a_sweeper(self):
        os.killpg(self.sweepers[0].pid, signal.SIGKILL)
        self.sweepers[0].wait()
        self.sweepers[0] = self.start(SWEEPER)

    def kill_everything(self):
        """A power cut: nothing that was in the air is known to anybody who lives."""
        self.stop()
        self.running = [self.start(self.worker) for _ in self.running]
        self.sweepers = [self.start(SWEEPER) for _ in self.sweepers]

    def stop(self):
        for process in [*self.running, *self.sweepers]:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def cut_every_other_connection():
    """What a restart of PostgreSQL does to everybody at work."""
    outside = psycopg2.connect(os.environ["TEST_DATABASE_URL"])
    outside.autocommit = True
    with outside.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            [connection.settings_dict["NAME"], connection.connection.info.backend_pid],
        )
    outside.close()


def empty_the_broker():
    with app.connection_for_write() as broker:
        if not settings.SMALL_BROKER:
            broker.default_channel.client.flushdb()


def ring_five_hundred_times():
    for _ in range(500):
        ring("messaging.tasks.pump")


def assert_that_files_went_behind_their_words():
    """By the moments that are written down: no file was claimed before what it follows was known to be accepted."""
    for file in Batch.objects.filter(part_number__gt=1).select_related("span"):
        before = Batch.objects.filter(span=file.span, part_number=file.part_number - 1)
        if file.part_number == 2:
            before = Batch.objects.filter(deliveries__in=file.span.members)
        known = Attempt.objects.filter(batch__in=before, outcome="ok").aggregate(last=Max("at"))["last"]
        assert known is None or known <= file.first_attempt_at


def test_everybody_has_every_message_once_whatever_dies(simulator, monkeypatch):
    random.seed(7)
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 10)
    account = make_account()
    people_of_the_school(account, simulator)
    SchoolSetting.objects.create(name="approval_above", value=0)
    author = make_sign_in(make_person("staff"), options=["messaging.write"])
    storm = Storm(simulator)
    # Frozen here, in batches of ten: hundreds of calls for the chaos to meet.
    messages = [make_message(author, text=f"Message {n}: 明天放假。") for n in range(MESSAGES)]
    messages.append(make_message(author, text="Dear ((name)): see the letters.", files=["one.pdf", "two.pdf"]))
    for message in messages:
        prepare(message.pk)
    workers = Workers(simulator)
    disasters = [
        *[cut_every_other_connection] * 5,
        *[workers.freeze_one_past_its_lease] * 2,
        *[workers.kill_everything] * 2,
        workers.kill_a_sweeper,
        ring_five_hundred_times,
        empty_the_broker,
    ]
    random.shuffle(disasters)
    try:
        ring("messaging.tasks.pump")
        # One more, frozen by a worker, one of which is killed then.
        messages.append(make_message(author, text="Message 3: frozen while workers die."))
        ring("messaging.tasks.pump")
        until = time.monotonic() + 600
        while Message.objects.exclude(status__in=["finished", "cancelled"]).exists():
            assert time.monotonic() < until, [m.count() for m in Message.objects.all()]
            if workers.kills < KILLS:
                workers.kill_one()
                storm.blow()
                if disasters and workers.kills % 2:
                    disasters.pop()()
            else:
                # At forty times the speed, a WeCom that fails every second call for ever is one that failed for hours.
                simulator.clear()
            time.sleep(random.uniform(0.3, 1.2))
    finally:
        workers.stop()
    assert not disasters, "all of them were to happen"
    inbox = simulator.inbox
    print(f"WeCom answered {simulator.calls('message/send')}, {storm.killed} times every token died")
    assert simulator.calls("message/send").get(45033), "no call met the limit: give the workers more connections"
    assert simulator.lost == {}, "nobody lost a message to WeCom's limits for one person"
    assert {n for texts in inbox.values() for n in texts.values()} == {1}, "somebody has a message twice"
    for message in Message.objects.all():
        start = message.text.partition("((")[0]
        arrived = sum(any(text.startswith(start) for text in texts) for texts in inbox.values())
        counts = message.counts
        print(f"{arrived} arrived, report {counts}")
        # Every "accepted" is true; whoever has it and is not counted as accepted is counted as unknown.
        assert counts.get("accepted", 0) <= arrived <= counts.get("accepted", 0) + counts.get("unknown", 0)
        assert sum(counts.values()) == PEOPLE
        assert counts == {"accepted": PEOPLE}
    assert [sum(f"[file] {name}.pdf" in texts for texts in inbox.values()) for name in ("one", "two")] == [PEOPLE] * 2
    assert_that_files_went_behind_their_words()
    print(f"{workers.kills} kills, {Attempt.objects.count()} recorded calls")
