"""Whom WeCom did not reach gets nothing more before they are seen again."""

import pytest
from django.db.models.functions import Now

from messaging import tasks
from messaging.audience.people import reach_of
from messaging.demo import make_message
from messaging.models import Batch, Delivery
from messaging.routes.outcome import OK, REFUSED, UNKNOWN, Outcome
from messaging.sending.claim import claim
from messaging.sending.settle import settle
from registration.at_wecom import checking, doubts
from registration.models import Registration
from wechat_admin.wecom.client import SendAnswer

from .rows import TEXT, counts, due_now, follow, prepared, registered

pytestmark = pytest.mark.django_db
EVERYBODY = {"include": [{"type": "roles", "roles": ["contacts"]}]}
Problem = Delivery.Problem


def look(simulator):
    Registration.objects.update(next_check_at=Now(), lease_until=None)
    checking.check_due()


@pytest.mark.parametrize("others", [0, 2])
def test_who_was_not_reached_is_not_in_reach_and_the_stranger_with_their_id_gets_nothing(
    account, simulator, author, others
):
    people = registered(1 + others, account)
    follow(simulator, people)
    gone, userid = people[0], people[0].registrations.get().userid
    simulator.delete_member(userid)
    assert counts_after_sending(author) == {"unreachable": 1} | ({"accepted": others} if others else {})
    simulator.add_member(userid, name="A stranger", mobile="+8613800131234")
    simulator.scan("+8613800131234")
    message = make_message(author, text="The next one")
    assert reach_of(message.rule, account)[Problem.IN_DOUBT] == 1
    tasks.pump()
    assert message.deliveries.get(person=gone).state == Problem.IN_DOUBT
    look(simulator)
    assert reach_of(message.rule, account)[Problem.REGISTER_AGAIN] == 1
    tasks.pump()
    assert userid not in simulator.inbox


def answered(account, message, *outcomes, invalid=()):
    """One batch is called as often, and WeCom answers so; with the last of them it names whom it has not reached."""
    (call,) = claim(account, 1)
    for outcome in outcomes:
        named = {userid.lower() for userid in invalid if outcome is outcomes[-1]}
        call.outcome, call.answer = outcome, SendAnswer("m", frozenset(named), frozenset())
        settle([call])
        due_now()
        (call,) = claim(account, 1) or [call]
    return message.batches.get()


def test_who_is_refused_by_a_batch_that_may_have_gone_is_in_doubt_and_may_have_the_message(account, author):
    registered(1)
    batch = answered(account, prepared(author), Outcome(UNKNOWN), Outcome(REFUSED, 81013, nobody=True))
    assert (batch.state, batch.problems) == (Batch.State.UNKNOWN, 0)
    assert not Registration.objects.reachable(account).exists()


def test_whom_a_second_proof_names_as_not_reached_is_in_doubt_and_has_the_message(account, author):
    people = registered(2)
    gone = people[0].registrations.get().userid
    batch = answered(account, prepared(author), Outcome(OK), Outcome(OK), invalid=[gone])
    assert (batch.state, batch.problems) == (Batch.State.ACCEPTED, 0)
    assert [row.person for row in Registration.objects.reachable(account)] == people[1:]


def counts_after_sending(author, text=TEXT):
    message = make_message(author, text=text)
    tasks.pump()
    return counts(message)


def test_who_is_put_in_doubt_after_the_freezing_is_taken_out_at_the_claim(account, simulator, author):
    people = registered(2, account)
    follow(simulator, people)
    message = prepared(author)
    doubts.not_reached([people[0].registrations.get().userid], account.account_key)
    tasks.pump()
    assert counts(message) == {"accepted": 1, "unreachable": 1}
    assert message.deliveries.get(person=people[0]).state == Problem.UNREACHABLE


def test_who_has_another_member_since_the_freezing_does_not_get_it_under_the_old_id(account, simulator, author):
    people = registered(1, account)
    follow(simulator, people)
    message = prepared(author)
    simulator.add_member("another", mobile="+8613800131234")
    Registration.objects.update(userid="another")
    tasks.pump()
    assert counts(message) == {"unreachable": 1} and simulator.inbox == {}
    assert message.batches.get().state == Batch.State.CANCELLED


def test_a_member_whom_wecom_does_reach_is_back_with_the_next_check(account, simulator, author):
    follow(simulator, registered(1, account))
    message = prepared(author)
    simulator.rule("error", call="message/send", code=60111)
    tasks.pump()
    assert counts(message) == {"unreachable": 1}
    assert not Registration.objects.reachable(account).exists()
    look(simulator)
    assert Registration.objects.reachable(account).exists()
    assert counts_after_sending(author, "Another text") == {"accepted": 1}
