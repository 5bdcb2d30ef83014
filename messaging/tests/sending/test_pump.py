"""When a pump claims, how much of the connections is its own, and what it does while calls hang."""

import threading
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.routes.outcome import OK
from messaging.sending import pump as pumping
from messaging.sending import senders as sending
from messaging.sending.claim import claim
from messaging.sending.doorbells import PUMP
from messaging.sending.pump import Pump, share
from messaging.sending.senders import Senders
from portal.health import beats
from portal.health.beats import Place
from portal.health.models import Beat
from portal.health.tasks import beat_of_worker
from wechat_admin.connection.tokens import DatabaseTokenStore
from wechat_admin.wecom.client import SendAnswer
from wechat_admin.wecom.tokens import token_key

from .rows import prepared, registered

pytestmark = pytest.mark.django_db
AT_ONCE = 4


class Held:
    """Senders that hold as many batches as a test says."""

    def __init__(self, out, waiting):
        self.number, self.out, self.waiting, self.handed_over = AT_ONCE, out, waiting, []

    def use(self, number):
        assert number == AT_ONCE

    def hand_over(self, client, token, batches):
        self.handed_over += batches


@pytest.fixture(autouse=True)
def nothing_learned(monkeypatch):
    """What one test's calls took is nothing to the next."""
    monkeypatch.setattr(Pump, "milliseconds", None)


@pytest.fixture
def asked_for(monkeypatch):
    """How many batches were asked for, in each claim."""
    numbers = []
    monkeypatch.setattr(pumping, "claim", lambda account, limit: numbers.append(limit) or [])
    return numbers


@pytest.mark.parametrize(("waiting", "claims"), [(11, []), (10, [10]), (0, [20])])
def test_claims_are_by_the_dozen_not_in_ones_and_twos(account, simulator, author, asked_for, waiting, claims):
    registered(1)
    prepared(author)
    pump = Pump()
    pump._learn([50.0] * 10)
    pump._claim(Held(out=AT_ONCE + waiting, waiting=waiting))
    assert asked_for == claims


def test_the_first_claim_is_small_and_the_second_is_made_while_it_is_in_the_air(account, simulator, author, asked_for):
    registered(1)
    prepared(author)
    Pump()._learn([50.0] * 10)
    pump = Pump()
    assert pump.milliseconds == 50, "the next pump of a process need not find out anew"
    pump._claim(Held(out=0, waiting=0))
    pump.has_more = True
    assert pump._may_be_idle_soon(Held(out=2 * AT_ONCE, waiting=AT_ONCE))
    pump._claim(Held(out=2 * AT_ONCE, waiting=AT_ONCE))
    assert asked_for == [2 * AT_ONCE, 20 - AT_ONCE]
    assert not pump._may_be_idle_soon(Held(out=AT_ONCE + 20, waiting=20))


def test_of_calls_of_which_nothing_is_known_only_what_begins_at_once_is_claimed(account, simulator, author, asked_for):
    registered(1)
    prepared(author)
    Pump()._claim(Held(out=0, waiting=0))
    assert asked_for == [AT_ONCE]


def test_where_calls_are_shorter_than_a_claim_there_is_one_claim_of_all(account, simulator, author, asked_for):
    registered(1)
    prepared(author)
    pump = Pump()
    pump._learn([1.0] * 10)
    pump._claim(Held(out=0, waiting=0))
    assert asked_for == [AT_ONCE + pumping.AHEAD_AT_MOST]


@pytest.fixture
def three_workers(db):
    for _ in range(3):
        Beat.objects.create(process=Beat.Process.WORKER)


def test_while_more_is_due_than_goes_at_once_there_is_a_ring_for_each_worker_once_a_second(three_workers, doorbells):
    pump = Pump()
    pump.has_more = True
    pump._look_around()
    assert doorbells == 4 * [PUMP], "the three and ourselves: one alone may come back to us"
    pump._look_around()
    assert len(doorbells) == 4


def test_a_list_of_more_than_one_call_is_told_to_every_worker_as_soon_as_it_is_frozen(
    three_workers, doorbells, account, author, django_capture_on_commit_callbacks
):
    registered(1)
    with django_capture_on_commit_callbacks(execute=True):
        prepared(author)
    assert doorbells == [], "one call is ours alone"
    registered(1)
    with django_capture_on_commit_callbacks(execute=True):
        prepared(author, text="To ((name))")
    assert doorbells == 3 * [PUMP]


def test_calls_shorter_than_a_millisecond_are_claimed_ahead_by_the_hundred():
    pump = Pump()
    pump._learn([0.4, 0.6])
    assert pump._ahead(Held(0, 0)) == pumping.AHEAD_AT_MOST
    pump._learn([1000.0] * 10)
    assert pump._ahead(Held(0, 0)) == 1, "slow calls are not"


def test_the_connections_are_one_number_for_all_workers():
    for connections in range(1, 9):
        for living in range(1, 11):
            shares = [share(connections, Place(index, living)) for index in range(living)]
            assert sum(shares) == connections and max(shares) - min(shares) <= 1
    assert share(4, Place(1, 2, is_seen=False)) == 0


def test_a_worker_that_began_just_now_has_none_until_the_others_have_seen_it(db):
    def ours():
        return beats.place(Beat.Process.WORKER, seen_after=timedelta(seconds=2))

    Beat.objects.create(process=Beat.Process.WORKER, began_at=Now() - timedelta(hours=1))
    assert ours() == Place(1, 2, is_seen=False), "before its first beat"
    beats.beat(Beat.Process.WORKER)
    assert ours() == Place(1, 2, is_seen=False)
    Beat.objects.update(began_at=Now() - timedelta(seconds=3))
    assert ours() == Place(1, 2, is_seen=True)


def test_of_two_workers_that_begin_at_the_same_moment_one_has_the_connections_and_the_other_waits(db, monkeypatch):
    def place_of(pid):
        monkeypatch.setattr(beats.os, "getpid", lambda: pid)
        return beats.place(Beat.Process.WORKER, seen_after=timedelta(seconds=2))

    assert place_of(1) == Place(0, 1, is_seen=True), "alone nobody need see it"
    assert place_of(2) == Place(1, 2, is_seen=False), "the first has made no round yet, and may send"
    assert place_of(1) == Place(0, 2, is_seen=True), "it makes room as soon as it looks, and goes on"


@pytest.mark.parametrize("comes_back", [lambda: None, beat_of_worker])
def test_a_worker_nobody_heard_of_for_a_while_has_none_until_the_others_have_seen_that_it_is_back(
    db, comes_back, monkeypatch
):
    monkeypatch.setattr(beats, "EVERY", timedelta(0))  # a beat is due
    beats.beat(Beat.Process.WORKER)
    long_ago = Now() - timedelta(hours=1)
    Beat.objects.update(began_at=long_ago, at=long_ago)
    Beat.objects.create(process=Beat.Process.WORKER, began_at=long_ago)
    comes_back()
    assert beats.place(Beat.Process.WORKER, seen_after=timedelta(seconds=2)) == Place(0, 2, is_seen=False)


def test_while_another_process_fetches_the_token_nothing_is_claimed_and_it_is_waited_for(
    account, simulator, author, asked_for
):
    registered(1)
    prepared(author)
    assert DatabaseTokenStore().may_refresh(token_key(account.corporation_id, account.application_secret.reveal()))
    pump = Pump()
    pump.place = Place(0, 1, is_seen=True)
    pump._claim(Held(out=0, waiting=0))
    assert asked_for == [] and pump._stay(), "it will be here in a moment"
    assert simulator.calls("gettoken") == {}


def test_calls_that_hang_keep_the_pump_from_nothing(account, simulator, author, monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE", 0.05)
    registered(1)
    prepared(author)
    (batch,) = claim(account, 1)
    answered = threading.Event()

    class Silent:
        def send_message_with(self, token, body):
            answered.wait(10)
            return SendAnswer("m", frozenset(), frozenset())

    with Senders() as senders:
        senders.use(1)
        senders.hand_over(Silent(), "token", [batch])
        assert senders.gather(low=0) == [], "it can look for others meanwhile"
        answered.set()
        while not (group := senders.gather(low=0)):
            pass
    assert [each.outcome.means for each in group] == [OK] and senders.out == 0
