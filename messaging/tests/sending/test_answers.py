"""What WeCom answers, and what each answer means."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from messaging import sweeps, tasks
from messaging.demo import make_message
from messaging.models import Attempt, Batch, Message
from messaging.routes.member import outcome_of
from messaging.routes.outcome import NOT_SENT, REFUSED, UNKNOWN
from messaging.sending import actions
from messaging.sending.pump import Pump
from portal.school.models import SchoolSetting
from wechat_admin.connection import clients as connection
from wechat_admin.demo import make_account
from wechat_admin.models import SendingGate
from wechat_admin.models.gate import BEIJING
from wechat_admin.wecom.errors import WeComRateLimited, WeComUnavailable, WeComUnreachable, error_for
from wechat_admin.wecom.faults import Fault

from .rows import AGO, TEXT, counts, due_now, follow, prepared, registered

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("effect", ["drop_after", "busy_after", "http500", "drop"])
def test_an_unclear_answer_is_followed_by_the_very_same_bytes(account, simulator, author, effect):
    follow(simulator, registered(2, account))
    simulator.rule(effect, call="message/send")
    message = make_message(author, text=TEXT)
    tasks.pump()
    batch = message.batches.get()
    assert (batch.state, batch.maybe_sent, batch.lease) == (Batch.State.UNCERTAIN, True, None)
    body, first = bytes(batch.body), batch.first_attempt_at
    assert counts(message) == {"waiting": 2}
    tasks.pump()
    assert message.batches.get().attempts == 1, "not before its time"
    due_now()
    tasks.pump()
    batch.refresh_from_db()
    assert (batch.state, bytes(batch.body), batch.first_attempt_at) == (Batch.State.ACCEPTED, body, first)
    assert all(texts == {TEXT: 1} for texts in simulator.inbox.values()) and len(simulator.inbox) == 2


def test_a_worker_that_dies_after_the_call_costs_nobody_a_second_copy(account, simulator, author, monkeypatch):
    follow(simulator, registered(2, account))
    message = prepared(author, text=TEXT)
    with monkeypatch.context() as patch:
        patch.setattr("messaging.sending.pump.settle", lambda group: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            Pump().run()
    assert message.batches.get().state == Batch.State.IN_FLIGHT
    sweeps.sweep()
    assert message.batches.get().state == Batch.State.IN_FLIGHT, "its lease still runs"
    Batch.objects.update(lease_until=Now() - AGO)
    sweeps.sweep()
    assert message.batches.get().maybe_sent
    tasks.pump()
    assert counts(message) == {"accepted": 2}
    assert all(texts == {TEXT: 1} for texts in simulator.inbox.values())


def test_past_the_time_wecom_remembers_it_is_unknown_and_not_sent_again(account, simulator, author):
    registered(2, account)
    simulator.rule("busy_after", call="message/send")
    message = make_message(author)
    tasks.pump()
    Batch.objects.update(first_attempt_at=Now() - timedelta(hours=3, seconds=1))
    due_now()
    tasks.pump()
    assert simulator.calls("message/send") == {-1: 1}
    sweeps.sweep()
    assert counts(message) == {"unknown": 2} and message.status == Message.Status.FINISHED


def test_a_refusal_of_what_may_have_gone_is_unknown_not_failed(account, simulator, author):
    registered(2, account)
    simulator.rule("busy_after", call="message/send")
    message = make_message(author)
    tasks.pump()
    simulator.rule("error", call="message/send", code=45002)
    due_now()
    tasks.pump()
    batch = message.batches.get()
    assert (batch.state, batch.errcode) == (Batch.State.UNKNOWN, 45002)


def test_content_that_is_refused_pauses_the_rest_and_says_why(account, simulator, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    monkeypatch.setattr("django.conf.settings.SENDING_CONNECTIONS", 1)
    registered(6, account)
    simulator.rule("error", call="message/send", code=40201)
    message = make_message(author)
    tasks.pump()
    message.refresh_from_db()
    assert (message.status, message.paused_reason, message.paused_code) == (Message.Status.PAUSED, "content", 40201)
    assert message.batches.filter(state=Batch.State.REJECTED).count() == 1
    waiting = message.batches.filter(state=Batch.State.READY).count()
    assert waiting >= 4, "what was in the air went on, nothing more was claimed"
    actions.resume(message=message, by=author)
    tasks.pump()
    assert counts(message) == {"failed": 1, "accepted": 5}


@pytest.mark.parametrize("code", [60020, 48002, 301002, 50003])
def test_a_fault_of_the_configuration_holds_sending_and_loses_nothing(account, simulator, author, code):
    follow(simulator, registered(2, account))
    simulator.rule("error", call="message/send", code=code)
    message = make_message(author, text=TEXT)
    tasks.pump()
    assert SendingGate.objects.get().hold_code == code
    tasks.pump()
    assert simulator.calls("message/send") == {code: 1}, "nothing is called while sending is held"
    assert counts(message) == {"waiting": 2}
    SendingGate.objects.lift_hold()
    tasks.pump()
    assert counts(message) == {"accepted": 2}


def test_a_wrong_secret_is_tried_once(account, simulator, author):
    registered(1)
    make_account(application_secret="wrong")
    message = make_message(author)
    for _ in range(3):
        tasks.pump()
        SendingGate.objects.lift_hold()
    assert simulator.calls("gettoken") == {40001: 1}
    assert counts(message) == {"waiting": 1}


def test_a_limit_makes_everything_wait(account, simulator, author):
    follow(simulator, registered(1, account))
    simulator.rule("error", call="message/send", code=45009)
    message = make_message(author)
    tasks.pump()
    assert SendingGate.objects.get().wait_until is not None
    tasks.pump()
    assert simulator.calls("message/send") == {45009: 1}
    SendingGate.objects.update(wait_until=Now() - AGO)
    tasks.pump()
    assert counts(message) == {"accepted": 1}


def test_an_expired_token_is_fetched_anew_once_and_then_it_is_for_a_person(account, simulator, author):
    follow(simulator, registered(1, account))
    prepared(author, text="first")
    tasks.pump()
    simulator.control("expire-tokens")
    message = make_message(author, text="second")
    tasks.pump()
    assert counts(message) == {"accepted": 1}
    simulator.rule("error", call="message/send", code=40014, times=-1)
    message = make_message(author, text="third")
    tasks.pump()
    assert SendingGate.objects.get().hold_code == 40014
    assert simulator.calls("message/send")[40014] == 2
    assert counts(message) == {"waiting": 1}


def test_wecom_that_cannot_be_reached_is_surely_not_sent(account, author, settings, simulator):
    follow(simulator, registered(1, account))
    make_message(author, text="fetches the token")
    tasks.pump()
    simulator_address = settings.WECOM_API_BASE
    message = make_message(author, text="waits")
    connection.sending_transport.cache_clear()
    settings.WECOM_API_BASE = "http://127.0.0.1:1"
    tasks.pump()
    batch = message.batches.get()
    assert (batch.state, batch.maybe_sent, batch.body, batch.attempts) == (Batch.State.READY, False, None, 1)
    connection.sending_transport.cache_clear()
    settings.WECOM_API_BASE = simulator_address
    due_now()
    tasks.pump()
    assert counts(message) == {"accepted": 1}


def error(code):
    return error_for("message/send", code)


@pytest.mark.parametrize(
    ("exception", "kind", "does"),
    [
        (WeComUnreachable("message/send"), NOT_SENT, {}),
        (WeComUnavailable("message/send", fault=Fault.SILENT), UNKNOWN, {}),
        (WeComUnavailable("message/send", fault=Fault.BROKEN_OFF), UNKNOWN, {"soon": True}),
        (WeComUnavailable("message/send", fault=Fault.SERVER, http_status=502), UNKNOWN, {"soon": True}),
        (WeComRateLimited("message/send", http_status=429), NOT_SENT, {"wait": True}),
        (error(-1), UNKNOWN, {}),
        *[(error(code), NOT_SENT, {"token": True}) for code in (40014, 42001, 40001)],
        (error(45009), NOT_SENT, {"wait": True}),
        (error(45033), NOT_SENT, {"crowded": True}),
        *[
            (error(code), NOT_SENT, {"hold": True})
            for code in (40013, 40056, 48002, 48006, 50003, 60020, 60031, 301002)
        ],
        (error(81013), REFUSED, {"nobody": True}),
        *[(error(code), REFUSED, {"pause": "content"}) for code in (40008, 40033, 40035, 40058, 44004, 45002, 47001)],
        *[(error(code), NOT_SENT, {"media": True}) for code in (40007, 40145)],
        (error(987654), NOT_SENT, {"pause": "code"}),
    ],
)
def test_the_table_of_answers(exception, kind, does):
    outcome = outcome_of(exception)
    names = ("soon", "wait", "crowded", "hold", "token", "media", "nobody")
    nothing = dict.fromkeys(names, False) | {"pause": ""}
    found = {name: getattr(outcome, name) for name in nothing}
    assert (outcome.means, found) == (kind, nothing | does)


# --- limits and tokens, as a WeCom of one's own keeps them ---


def test_too_many_calls_at_once_are_halved_and_nobody_waits(account, simulator, author, monkeypatch, settings):
    settings.SENDING_CONNECTIONS = 8
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    follow(simulator, registered(16, account))
    simulator.limit(at_once=5)
    simulator.rule("slow", call="message/send", seconds=0.3, times=-1)
    message = make_message(author, text=TEXT)
    tasks.pump()
    assert counts(message) == {"accepted": 16}, "in one round of the pump"
    gate = SendingGate.objects.get()
    assert gate.calls_at_once in (2, 4) and gate.wait_until is None
    # One burst, and who was on the way then: on a busy machine calls of before still count at WeCom for a moment.
    assert simulator.calls("message/send")[45033] < 16
    assert Attempt.objects.filter(errcode=45033).exists()


@pytest.mark.parametrize("code", [42001, 40014])
def test_tokens_that_die_with_calls_in_the_air_hold_nothing(account, simulator, author, monkeypatch, settings, code):
    settings.SENDING_CONNECTIONS = 8
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    follow(simulator, registered(16, account))
    make_message(author, text="fetches the token")
    tasks.pump()
    simulator.kill_tokens(code=code)
    message = make_message(author, text=TEXT)
    tasks.pump()
    assert counts(message) == {"accepted": 16}
    assert not SendingGate.objects.get().is_held
    assert simulator.calls("message/send")[code] <= 8 and simulator.calls("gettoken") == {0: 3}


def test_the_same_dead_token_handed_out_again_is_for_a_person(account, simulator, author):
    follow(simulator, registered(1, account))
    make_message(author, text="fetches the token")
    tasks.pump()
    simulator.kill_tokens(same_again=True)
    message = make_message(author, text=TEXT)
    tasks.pump()
    assert SendingGate.objects.get().hold_code == 42001 and counts(message) == {"waiting": 1}
    assert simulator.calls("message/send")[42001] == 2


def test_after_a_limit_one_call_is_tried_and_then_all_go(account, simulator, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    follow(simulator, registered(6, account))
    simulator.block("message/send", 60)
    message = make_message(author, text=TEXT)
    tasks.pump()
    tried = simulator.calls("message/send")[45009]
    assert tried <= 4 and SendingGate.objects.get().is_limited
    SendingGate.objects.update(wait_until=Now() - AGO)
    tasks.pump()
    assert simulator.calls("message/send") == {45009: tried + 1}, "one, to see whether it is over"
    simulator.unblock()
    SendingGate.objects.update(wait_until=Now() - AGO)
    tasks.pump()
    assert counts(message) == {"accepted": 6}
    assert SendingGate.objects.get().waits == 0


def test_the_days_limit_is_tried_once_an_hour_until_the_day_ends(account, simulator, author):
    follow(simulator, registered(2, account))
    SchoolSetting.objects.create(name="member_limit", value=1)
    Batch.objects.create(
        message=make_message(author, status=Message.Status.FINISHED),
        number=1,
        size=200,
        state=Batch.State.ACCEPTED,
        first_attempt_at=Now(),
    )
    simulator.rule("error", call="message/send", code=45009)
    make_message(author, text=TEXT)
    tasks.pump()
    gate = SendingGate.objects.annotate(now=Now()).get()
    beijing = gate.now.astimezone(BEIJING)
    to_midnight = 86400 - (beijing.hour * 3600 + beijing.minute * 60 + beijing.second)
    assert abs((gate.wait_until - gate.now).total_seconds() - min(3600, to_midnight)) < 5


def test_pages_say_until_when_a_limit_holds(client, account, author, all_of_us_work):
    client.force_login(author)
    message = prepared(author, text=TEXT)
    SendingGate.objects.get().wait()
    until = timezone.localtime(SendingGate.objects.get().wait_until)
    sentence = f"WeCom&#x27;s limit is reached; goes on at {until:%H:%M}"
    for address in (message.get_absolute_url(), reverse("home")):
        page = client.get(address, follow=True).content.decode()
        assert sentence in page.replace("'", "&#x27;"), address
