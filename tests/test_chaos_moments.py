"""One thing dies at the worst moment for it, and what follows is looked at closely: the broker mid-way, a worker while it
freezes a list, a worker that wakes after its leases have been another's, and far too many doorbells. Real workers and
sweepers; `SENDING_TIME_SCALE` makes seconds of minutes."""

import os
import signal
import time
from contextlib import closing
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Attempt, Batch, Delivery, Message
from messaging.sending.pace import PACE
from messaging.sending.preparing import prepare
from messaging.tasks import PUMP
from portal.access.demo import make_sign_in
from portal.celery import app
from portal.doorbell import EXPIRES
from portal.people.demo import make_person
from portal.school.models import SchoolSetting
from tests import test_chaos
from tests.test_chaos import Workers
from tests.test_chaos_house import Redis, wait_until
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
PEOPLE, CONNECTIONS = 120, 4
CALLS = "message/send"


@pytest.fixture
def author(simulator, monkeypatch):
    """Somebody who writes to 120 people; each call takes WeCom 0.2 seconds, so that there is a midst."""
    monkeypatch.setattr(test_chaos, "PEOPLE", PEOPLE)
    simulator.speed(float(os.environ["SENDING_TIME_SCALE"]))
    test_chaos.people_of_the_school(make_account(), simulator)
    SchoolSetting.objects.create(name="approval_above", value=0)
    simulator.rule("slow", CALLS, seconds=0.2, times=-1)
    return make_sign_in(make_person("staff"), options=["messaging.write"])


@pytest.fixture
def workers(simulator):
    """`workers(…environment)`: two workers and two sweepers, which end with the test."""
    begun = []

    def begin(**environment):
        begun.append(Workers(simulator, SENDING_CONNECTIONS=str(CONNECTIONS), **environment))
        return begun[0]

    yield begin
    for each in begun:
        each.stop()


def frozen(author, text, monkeypatch, **fields):
    """The message with a call for everybody."""
    with monkeypatch.context() as context:
        context.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
        message = make_message(author, text=text, **fields)
        prepare(message.pk)
    return message


def accepted():
    return Batch.objects.filter(state=Batch.State.ACCEPTED).count()


def everybody_has_it_once(simulator, *starts):
    wait_until(lambda: not Message.objects.exclude(status=Message.Status.FINISHED).exists(), 90)
    for start in starts:
        had = [sum(n for text, n in texts.items() if text.startswith(start)) for texts in simulator.inbox.values()]
        assert had == [1] * PEOPLE
    assert [message.counts for message in Message.objects.all()] == [{"accepted": PEOPLE}] * len(starts)
    return True


def test_the_broker_is_killed_and_comes_back_empty_midway(simulator, author, workers, monkeypatch):
    broker = Redis()
    try:
        frozen(author, "Midway", monkeypatch)
        workers(CELERY_BROKER_URL=f"redis://127.0.0.1:{broker.port}/0")
        wait_until(lambda: accepted() > 5, 90)
        broker.stop()
        assert accepted() < PEOPLE, "there was no midst"
        make_message(author, text="Made meanwhile ((name))")
        time.sleep(2 * PACE.sweep.total_seconds())
        broker.start()
        everybody_has_it_once(simulator, "Midway", "Made meanwhile")
    finally:
        broker.stop()


def test_everything_is_killed_between_the_words_and_the_file(simulator, author, workers, monkeypatch):
    """And once more while the file goes out."""
    message = frozen(author, "Followed", monkeypatch, files=["letter.pdf"])
    files = Batch.objects.filter(part_number=2, state=Batch.State.ACCEPTED)
    team = workers()
    for some in (0, 5):
        wait_until(lambda some=some: files.count() > some, 60)
        assert files.count() < PEOPLE, "there was no midst"
        team.kill_everything()
    wait_until(lambda: Message.objects.get().status == Message.Status.FINISHED, 120)
    assert [dict(texts) for texts in simulator.inbox.values()] == [{"Followed": 1, "[file] letter.pdf": 1}] * PEOPLE
    assert Message.objects.get(pk=message.pk).counts == {"accepted": PEOPLE}
    test_chaos.assert_that_files_went_behind_their_words()


def fall_asleep(pid):
    """SIGSTOP while a call of this worker is in the air, not between two."""
    longer_than_a_call = timedelta(seconds=1)
    assert longer_than_a_call < PACE.lease
    while True:
        os.killpg(pid, signal.SIGSTOP)
        time.sleep(longer_than_a_call.total_seconds())
        if Batch.objects.filter(state=Batch.State.IN_FLIGHT, lease_until__lt=Now() + PACE.lease - longer_than_a_call):
            return
        os.killpg(pid, signal.SIGCONT)
        assert accepted() < PEOPLE, "there was no midst"
        time.sleep(0.1)


def test_a_worker_wakes_after_its_leases_were_anothers(simulator, author, workers, monkeypatch):
    frozen(author, "Asleep", monkeypatch)
    team = workers()
    # The one that began later sends when the other has had the time to see it.
    wait_until(lambda: Attempt.objects.values("process").distinct().count() == 2, 90)
    sleeper = team.running[0].pid
    fall_asleep(sleeper)
    try:
        wait_until(lambda: Batch.objects.filter(maybe_sent=True).exists() or accepted() == PEOPLE, 60)
        assert Batch.objects.filter(maybe_sent=True).exists(), "nothing of the sleeper's was in the air"
        everybody_has_it_once(simulator, "Asleep")
        called = sum(simulator.calls(CALLS).values())
    finally:
        os.killpg(sleeper, signal.SIGCONT)
    time.sleep(PACE.lease.total_seconds())
    assert everybody_has_it_once(simulator, "Asleep")
    # What it had claimed and not begun it leaves alone; what was just leaving may leave.
    assert sum(simulator.calls(CALLS).values()) <= called + CONNECTIONS


def test_five_hundred_doorbells_and_two_sweepers_make_no_call_more(simulator, author, workers, monkeypatch):
    frozen(author, "Rung for", monkeypatch)
    workers()
    wait_until(lambda: accepted() > 5, 90)
    with app.connection_for_write() as broker:
        for _ in range(500):
            app.send_task(PUMP, connection=broker, expires=EXPIRES)
    assert accepted() < PEOPLE, "they came too late"
    everybody_has_it_once(simulator, "Rung for")
    assert simulator.calls(CALLS) == {0: PEOPLE} and Attempt.objects.count() == PEOPLE
    assert simulator.at_once(CALLS) <= CONNECTIONS


@pytest.mark.parametrize("text", ["Dear all", "Dear ((name))"])
def test_a_worker_is_killed_while_it_freezes_a_list(simulator, author, workers, text):
    message = make_message(author, text=text)
    with closing(psycopg2.connect(os.environ["TEST_DATABASE_URL"], dbname=connection.settings_dict["NAME"])) as outside:
        # Whoever writes a delivery stands still.
        outside.cursor().execute("LOCK TABLE messaging_delivery IN SHARE MODE")
        team = workers()
        wait_until(_somebody_stands_still, 30)
        team.kill_everything()
    # The new ones find a message of which nothing is written; the dead one's transaction comes to nothing.
    everybody_has_it_once(simulator, "Dear")
    assert Delivery.objects.filter(message=message).count() == PEOPLE
    assert sum(simulator.calls(CALLS).values()) == Batch.objects.count() == (PEOPLE if "name" in text else 1)


def _somebody_stands_still():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND query LIKE '%INSERT INTO messaging_delivery%'"
        )
        return bool(cursor.fetchall())
