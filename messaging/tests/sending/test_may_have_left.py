"""What may have left once stays in doubt, whatever keeps the next call from going."""

import uuid
from dataclasses import replace

import pytest
from django.db.models.functions import Now

from messaging import tasks
from messaging.models import Batch, Message
from messaging.routes.outcome import NOT_SENT, NOT_STARTED, OK, REFUSED, UNKNOWN, Outcome
from messaging.sending.claim import claim
from messaging.sending.senders import call
from messaging.sending.settle import settle
from messaging.sending.uploading import upload_due
from wechat_admin.models import SendingGate
from wechat_admin.wecom.client import SendAnswer

from .rows import AGO, counts, due_now, follow, prepared, registered

pytestmark = pytest.mark.django_db
State = Batch.State


def came_to(account, outcome):
    """The one batch, claimed, and what became of it."""
    (claimed,) = claim(account, 1)
    claimed.outcome = outcome
    settle([claimed])
    due_now()
    return Batch.objects.get()


NOT_GONE = [
    Outcome(NOT_STARTED),
    Outcome(NOT_SENT),
    Outcome(NOT_SENT, 45009, wait=True),
    Outcome(NOT_SENT, 45033, crowded=True),
    Outcome(NOT_SENT, 42001, token=True),
    Outcome(NOT_SENT, 60020, hold=True),
    Outcome(NOT_SENT, 987654, pause=Message.PausedReason.CODE),
]


@pytest.mark.parametrize("outcome", NOT_GONE, ids=str)
def test_bytes_in_doubt_stay_as_they_are_whatever_the_next_answer_is(account, author, outcome):
    registered(2)
    message = prepared(author)
    before = came_to(account, Outcome(UNKNOWN))
    after = came_to(account, outcome)
    assert (after.state, after.maybe_sent, after.lease) == (State.UNCERTAIN, True, None)
    assert (after.body, after.body_sha256) == (before.body, before.body_sha256) and after.body
    assert after.first_attempt_at == before.first_attempt_at
    assert after.attempts == (1 if outcome.means == NOT_STARTED else 2)
    assert counts(message) == {"waiting": 2}


def test_what_is_in_doubt_and_was_not_sent_waits_before_it_is_tried_again(account, author):
    registered(2)
    prepared(author)
    came_to(account, Outcome(UNKNOWN))
    (claimed,) = claim(account, 1)
    claimed.outcome = Outcome(NOT_SENT)
    settle([claimed])
    assert Batch.objects.due().count() == 0 and claim(account, 1) == []


@pytest.mark.parametrize("outcome", NOT_GONE, ids=str)
def test_bytes_that_surely_never_left_are_written_anew(account, author, outcome):
    registered(2)
    prepared(author)
    batch = came_to(account, outcome)
    assert (batch.state, batch.body, batch.body_sha256, batch.maybe_sent) == (State.READY, None, "", False)


@pytest.mark.parametrize(
    "outcome", [Outcome(REFUSED, 81013, nobody=True), Outcome(NOT_SENT, 40007, media=True)], ids=str
)
def test_what_cannot_go_again_and_may_have_gone_is_unknown(account, author, outcome):
    registered(2)
    message = prepared(author)
    came_to(account, Outcome(UNKNOWN))
    assert came_to(account, outcome).state == State.UNKNOWN
    assert counts(message) == {"unknown": 2}


class Broken:
    def send_message_with(self, token, body):
        raise LookupError("nobody has foreseen this")


def test_a_call_that_ends_as_nobody_has_foreseen_may_have_left(account, author):
    registered(2)
    prepared(author)
    (claimed,) = claim(account, 1)
    settle([call(Broken(), None, claimed)])
    batch = Batch.objects.get()
    assert (batch.state, batch.maybe_sent) == (State.UNCERTAIN, True) and batch.body


def test_whom_wecom_names_as_unlicensed_is_not_among_those_who_got_it(account, simulator, author):
    people = registered(2, account)
    follow(simulator, people)
    simulator.unlicense(people[0].registrations.get().userid)
    message = prepared(author)
    tasks.pump()
    assert counts(message) == {"accepted": 1, "unlicensed": 1}
    assert message.deliveries.get(problem="unlicensed").person == people[0]
    assert Batch.objects.get().problems == 1


def test_whom_a_second_proof_names_is_not_marked_anew(account, author):
    """The first to settle has said who got it; a worker whose lease was gone brings the answer of a repetition."""
    people = registered(2)
    message = prepared(author)
    (first,) = claim(account, 1)
    first.outcome, first.answer = Outcome(OK, 0), SendAnswer("m1", frozenset(), frozenset())
    settle([first])
    named = frozenset({people[0].registrations.get().userid.lower()})
    settle([replace(first, lease=uuid.uuid4(), attempts=2, answer=SendAnswer("m2", frozenset(), named))])
    assert Batch.objects.get().problems == 0
    assert counts(message) == {"accepted": 2}


def test_a_limit_met_while_fetching_a_token_makes_everything_wait(account, simulator, author):
    follow(simulator, registered(1, account))
    simulator.rule("error", call="gettoken", code=45009, times=-1)
    message = prepared(author)
    tasks.pump()
    gate = SendingGate.objects.get()
    assert (gate.waits, gate.wait_until is not None, gate.is_held) == (1, True, False)
    tasks.pump()
    assert simulator.calls("gettoken")[45009] == 1, "not asked again before its time"
    simulator.clear()
    SendingGate.objects.update(wait_until=Now() - AGO)
    tasks.pump()
    assert counts(message) == {"accepted": 1}


def test_a_limit_met_while_uploading_makes_everything_wait(account, simulator, author):
    registered(1)
    prepared(author, files=["a.pdf"])
    simulator.rule("error", call="media/upload", code=45009, times=-1)
    for _ in range(2):
        upload_due()
    assert simulator.calls("media/upload") == {45009: 1} and SendingGate.objects.get().waits == 1
