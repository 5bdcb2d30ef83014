"""Two workers, a sweeper and a WeCom that forgets, in any order: nobody has a message twice, and every report is true.

The code is the real one. A call is taken apart into what can happen to it: claimed, left, arrived, answered. A worker
may die in between, and its call may arrive when another has long begun the second attempt.
"""

import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from messaging import sweeps
from messaging.demo import make_message
from messaging.models import Attempt, Batch, Message
from messaging.sending import actions
from messaging.sending.claim import claim
from messaging.sending.preparing import prepare
from messaging.sending.senders import call
from messaging.sending.settle import settle
from wechat_admin.demo import make_account
from wechat_admin.models import SendingGate
from wechat_admin.wecom.client import SendAnswer
from wechat_admin.wecom.errors import WeComUnavailable, WeComUnreachable, error_for
from wechat_admin.wecom.faults import Fault

from .rows import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(doorbells):
    return make_account()


AGO = timedelta(days=1)
REMEMBERED = timedelta(hours=4)
# Longer than this nothing is on its way, and no worker stands frozen: what the protocol does not promise.
LONGEST_WAY = timedelta(minutes=50)


STEPS = 40
SPANS = (timedelta(seconds=40), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=3, minutes=5))


@dataclass
class Call:
    claimed: object
    has_left: bool = False
    arrived: object = None  # what WeCom answers, when it has come
    worker_lives: bool = True
    age: timedelta = timedelta(0)


class WeCom:
    """Remembers for four hours what it has shown; `now` is a time of its own."""

    def __init__(self):
        self.now, self.known, self.shown = timedelta(0), {}, Counter()
        self.phones = defaultdict(Counter)  # {member: how often the words lie there, and each file}

    def takes(self, body):
        if body not in self.known or self.now - self.known[body] > REMEMBERED:
            self.known[body] = self.now
            self.shown[body] += 1
            self._shows(json.loads(body))
        return SendAnswer("m", frozenset(), frozenset())

    def _shows(self, said):
        file = said.get("file", {}).get("media_id")
        for userid in said["touser"].split("|"):
            phone = self.phones[userid]
            before = PARTS[: PARTS.index(file)] if file else []
            assert all(phone[part] == 1 for part in before), "a file came before what it follows"
            phone[file or WORDS] += 1


class Answer:
    """A client whose call comes to exactly this."""

    def __init__(self, what):
        self.what = what

    def send_message_with(self, token, body):
        if isinstance(self.what, Exception):
            raise self.what
        return self.what


LOST = WeComUnavailable("message/send", reason="reset", fault=Fault.BROKEN_OFF)
NEVER_LEFT = WeComUnreachable("message/send", reason="no connection", fault=Fault.NO_CONNECTION)


WORDS = "words"
PARTS = [WORDS, "file 1", "file 2"]


class World:
    def __init__(self, author, account, files=0):
        self.author, self.account = author, account
        self.wecom, self.calls = WeCom(), []
        self.parts = PARTS[: 1 + files]
        self.message = make_message(author, text="Dear ((name)): no school.", files=self.parts[1:])
        self.message.attachments.update(media_id=F("name"))
        Message.objects.update(media_until=Now() + timedelta(days=30))
        prepare(self.message.pk)

    # --- what can happen; `which` chooses among the calls there are ---

    def claims(self, which):
        self.calls += [Call(claimed) for claimed in claim(self.account, 1 + which % 2)]

    def _held(self, which=0):
        """One that a worker holds and has not begun to call."""
        held = [one for one in self.calls if not one.has_left]
        return held[which % len(held)] if held else None

    def _on_its_way(self, which=0):
        there = [one for one in self.calls if one.has_left and one.arrived is None]
        return there[which % len(there)] if there else None

    def _answered(self, which=0):
        there = [one for one in self.calls if one.worker_lives and one.arrived is not None]
        return there[which % len(there)] if there else None

    def possible(self):
        """What can happen now; what leads somewhere stands in it more than once."""
        steps = [self.claims, self.time_passes, self.time_passes, self.somebody_resumes, self.somebody_stops]
        if self._held():
            steps += [self.arrives_and_the_answer_is_lost, self.is_refused, self.hangs] * 3
            steps += [self.goes_well, self.cannot_connect, self.comes_too_late_to_begin, self.is_cut_off_on_its_way]
        if self._on_its_way():
            steps += [self.arrives_late, self.arrives_late, self.worker_dies]
        if self._answered():
            steps += [self.is_answered_late, self.is_answered_late]
        return steps

    def goes_well(self, which):
        one = self._held(which)
        self._ends(one, self.wecom.takes(one.claimed.body))

    def arrives_and_the_answer_is_lost(self, which):
        one = self._held(which)
        self.wecom.takes(one.claimed.body)
        self._ends(one, LOST)

    def is_cut_off_on_its_way(self, which):
        """What was written may still get there, when nobody waits for it any more."""
        one = self._held(which)
        self._ends(one, LOST)
        self.calls.append(Call(one.claimed, has_left=True, worker_lives=False))

    def is_refused(self, which):
        self._ends(self._held(which), error_for("message/send", 40008))

    def cannot_connect(self, which):
        self._ends(self._held(which), NEVER_LEFT)

    def comes_too_late_to_begin(self, which):
        one = self._held(which)
        one.claimed.claimed -= 60
        self._ends(one, LOST)

    def hangs(self, which):
        self._held(which).has_left = True

    def arrives_late(self, which):
        one = self._on_its_way(which)
        one.arrived = self.wecom.takes(one.claimed.body)

    def is_answered_late(self, which):
        one = self._answered(which)
        self._ends(one, one.arrived)

    def _ends(self, one, answer):
        settle([call(Answer(answer), "token", one.claimed)])
        self.calls.remove(one)

    def worker_dies(self, which):
        self._on_its_way(which).worker_lives = False

    def time_passes(self, which):
        """Some seconds, past a lease, a while, past what may be repeated."""
        span = SPANS[which % len(SPANS)]
        self.wecom.now += span
        Attempt.objects.update(at=F("at") - span)
        Batch.objects.update(next_attempt_at=F("next_attempt_at") - span)
        Batch.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - span)
        Batch.objects.exclude(first_attempt_at=None).update(first_attempt_at=F("first_attempt_at") - span)
        for one in self.calls:
            one.age += span
            if not one.has_left:
                one.claimed.claimed -= span.total_seconds()
        self.calls = [one for one in self.calls if one.age <= LONGEST_WAY]
        sweeps.sweep()

    def somebody_resumes(self, which):
        actions.resume(message=self.message, by=self.author)

    def somebody_stops(self, which):
        if which == 0:
            actions.stop(message=self.message, by=self.author)

    # --- what must hold ---

    def look(self):
        assert all(times == 1 for times in self.wecom.shown.values()), "somebody has it twice"
        assert all(times == 1 for phone in self.wecom.phones.values() for times in phone.values()), "in two calls"

    def let_it_end(self):
        """Everything works from now on."""
        for _ in range(12 * len(self.parts)):
            Batch.objects.exclude(lease_until=None).update(lease_until=Now() - AGO)
            sweeps.sweep()
            Batch.objects.update(next_attempt_at=Now() - AGO)
            Message.objects.update(media_until=Now() + timedelta(days=30))
            actions.resume(message=self.message, by=self.author)
            SendingGate.objects.lift_hold()
            for claimed in claim(self.account, 10):
                settle([call(Answer(self.wecom.takes(claimed.body)), "token", claimed)])
        self.message.refresh_from_db()
        assert self.message.status in (Message.Status.FINISHED, Message.Status.CANCELLED), "stuck"

    def is_told_truly(self):
        told = Counter()
        for delivery in self.message.deliveries.select_related("batch"):
            told[str(delivery.state)] += 1
            had = sum(self.wecom.phones[delivery.userid].values())
            whole = len(self.parts)
            true = {"accepted": {whole}, "failed": {0}, "cancelled": {0}, "unknown": {0, 1}}
            true["partly"] = set(range(1, whole + 1))  # of a file, too, it may be unknown
            assert had in true[delivery.state], f"{delivery.state}, and {had} parts of it were shown"
            of_it = self.message.deliveries.in_states_of(self.message, [delivery.state])
            assert of_it.filter(pk=delivery.pk).exists(), "the list says something else"
        assert told == self.message.counts, "they do not add up"
        assert sum(self.message.missing_parts().values()) == told["partly"]


@pytest.mark.parametrize(("files", "seed"), [(files, seed) for files in range(3) for seed in range((16, 8, 6)[files])])
def test_whatever_happens_nobody_has_it_twice_and_the_report_is_true(account, author, files, seed):
    registered(2 if not files else 3)
    world, chance = World(author, account, files), random.Random(seed)
    for _ in range(STEPS + 20 * files):
        chance.choice(world.possible())(chance.randrange(10))
        world.look()
    world.let_it_end()
    world.look()
    world.is_told_truly()


def test_the_first_attempt_still_runs_while_the_second_begins(account, author):
    """Its worker hangs past the lease, another sends the same bytes, and then the first call arrives all the same."""
    registered(2)
    world = World(author, account)
    world.claims(1)
    world.hangs(0)
    world.hangs(0)
    world.time_passes(1)
    Batch.objects.update(next_attempt_at=Now() - AGO)
    world.claims(1)
    first, second = world.calls[:2], world.calls[2:]
    assert {c.claimed.body for c in first} == {c.claimed.body for c in second} and len(second) == 2
    for one in (*second, *first):
        one.arrived = world.wecom.takes(one.claimed.body)
    world.look()
    for one in (*first, *second):
        world._ends(one, one.arrived)
    world.let_it_end()
    world.look()
    assert {delivery.state for delivery in world.message.deliveries.all()} == {"accepted"}
