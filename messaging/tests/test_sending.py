"""The sending protocol, row by row: freeze, claim, call, settle, sweep. Tests move rows, not clocks."""

import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from messaging import releasing, sweeps, tasks
from messaging.audience.people import people_of
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.models import Attempt, Batch, Delivery, Message, State
from messaging.routes.member import outcome_of
from messaging.routes.outcome import NOT_SENT, OK, REFUSED, UNKNOWN, Outcome
from messaging.sending import actions
from messaging.sending.claim import claim
from messaging.sending.preparing import prepare, prepare_all
from messaging.sending.pump import Pump, call
from messaging.sending.settle import settle
from messaging.writing.actions import draft_to_unknown, save_draft
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import Registration
from registration.steps import actions as registration_actions
from wechat_admin.connection import clients as connection
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account
from wechat_admin.models import SendingGate
from wechat_admin.wecom.bodies import text_body
from wechat_admin.wecom.client import SendAnswer
from wechat_admin.wecom.errors import WeComRateLimited, WeComUnavailable, WeComUnreachable, error_for

pytestmark = pytest.mark.django_db
TEXT = "The school closes at noon today."
AGO = timedelta(hours=1)


@pytest.fixture(autouse=True)
def silent(doorbells):
    return doorbells


@pytest.fixture
def account(simulator):
    return make_account()


@pytest.fixture
def author():
    return make_sign_in(make_person("staff"), options=["messaging.write"])


_numbers = itertools.count()


def registered(count, account=None):
    """So many registered contacts; with an account they are members of the simulator too, and follow."""
    people = [make_person("contact", mobile=f"+86138{next(_numbers) % 10**8:08}") for _ in range(count)]
    book = address_book_client(account) if account else None
    for person in people:
        registration = make_registration(person)
        if book:
            book.create_member(
                userid=registration.userid, name=person.name, mobile=person.mobile, department=[1], to_invite=False
            )
    return people


def follow(simulator, people):
    for person in people:
        simulator.scan(person.mobile)


def prepared(author, **fields):
    message = make_message(author, **fields)
    prepare(message.pk)
    message.refresh_from_db()
    return message


def due_now():
    Batch.objects.update(next_attempt_at=Now() - AGO)


def counts(message):
    message.refresh_from_db()
    return {str(state): people for state, people in message.counts.items()}


# --- prepare ---


def test_the_list_is_frozen_once_in_batches_of_a_thousand_in_userid_order(account, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 4)
    registered(10)
    make_person("contact")
    message = prepared(author, rule={"include": [{"role": "contacts"}]})
    assert not prepare(message.pk), "a second worker finds nothing to do"
    sizes = list(message.batches.order_by("number").values_list("number", "size"))
    assert sizes == [(1, 4), (2, 4), (3, 2)]
    by_batch = [
        list(b.deliveries.order_by("userid").values_list("userid", flat=True))
        for b in message.batches.order_by("number")
    ]
    everybody = [userid for userids in by_batch for userid in userids]
    assert everybody == sorted(everybody)
    assert (message.recipients, message.status) == (11, Message.Status.SENDING)
    assert counts(message) == {"waiting": 10, "not_registered": 1}


def test_each_persons_reason_is_written_down(account, author):
    people = {
        name: make_person("contact", given_name=name)
        for name in ("ok", "never", "begun", "unscanned", "stopped", "gone", "away", "left")
    }
    make_registration(people["ok"])
    make_registration(people["begun"], Registration.Status.STARTED)
    make_registration(people["unscanned"], Registration.Status.IN_WECOM)
    make_registration(people["stopped"], Registration.Status.WITHDRAWN)
    make_registration(people["gone"], no_longer_at=Now())
    make_registration(people["away"], out_of_range=True)
    make_registration(people["left"])
    people["left"].leaving_on = "2020-01-01"
    people["left"].save()
    message = prepared(author, rule={"include": [{"role": "contacts"}]})
    found = dict(message.deliveries.values_list("person__given_name", "problem"))
    assert found == {
        "ok": None,
        "never": "not_registered",
        "begun": "not_registered",
        "unscanned": "not_followed",
        "stopped": "stopped",
        "gone": "not_followed",
        "away": "out_of_range",
        "left": "left",
    }
    assert sum(message.counts.values()) == message.recipients == 8


def test_a_crash_while_preparing_leaves_the_message_for_the_next(account, author, monkeypatch):
    registered(2)
    message = make_message(author)
    monkeypatch.setattr("messaging.sending.preparing.digest_of_deliveries", lambda m: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare(message.pk)
    message.refresh_from_db()
    assert message.status == Message.Status.PREPARING and not Batch.objects.exists() and not Delivery.objects.exists()
    monkeypatch.undo()
    sweeps.sweep()
    prepare_all()
    assert counts(message) == {"waiting": 2}


def test_a_list_that_shrank_since_it_was_shown_says_so(account, author, client):
    people = registered(3)
    message = make_message(author, status=Message.Status.DRAFT, rule={"include": [{"role": "contacts"}]})
    client.force_login(author)
    page = client.get(f"/messaging/{message.pk}/check/")
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]})
    prepare(message.pk)
    assert "1 person fewer than shown before sending" in client.get(f"/messaging/{message.pk}/").content.decode()


def test_nobody_reachable_finishes_at_once(account, author):
    make_person("contact")
    message = prepared(author, rule={"include": [{"role": "contacts"}]})
    sweeps.sweep()
    assert counts(message) == {"not_registered": 1} and message.status == Message.Status.FINISHED


def test_the_database_refuses_a_person_or_a_member_twice(account, author):
    people = registered(2)
    message = prepared(author)
    delivery = message.deliveries.first()
    for fields in (
        {"person": delivery.person, "userid": "other", "batch": delivery.batch},
        {"person": make_person("staff"), "userid": delivery.userid.upper(), "batch": delivery.batch},
        {"person": make_person("staff"), "userid": "x", "batch": None, "problem": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.create(message=message, **fields)
    assert len(people) == 2


# --- the whole way ---


def test_a_message_arrives_once_on_every_registered_phone(account, simulator, author):
    people = registered(5, account)
    follow(simulator, people)
    message = make_message(author, text=TEXT)
    tasks.pump()
    tasks.pump()
    sweeps.sweep()
    assert counts(message) == {"accepted": 5} and message.status == Message.Status.FINISHED
    assert sorted(simulator.inbox) == sorted(f"sp-{person.reference}" for person in people)
    assert all(texts == {TEXT: 1} for texts in simulator.inbox.values())
    assert simulator.calls("message/send") == {0: 1}
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.errcode) == (1, "ok", 0)


def test_personal_texts_are_batches_of_one(account, simulator, author):
    people = registered(3, account)
    follow(simulator, people)
    message = prepared(author)
    batch = message.batches.get()
    for number, delivery in enumerate(batch.deliveries.all(), start=2):
        one = Batch.objects.create(message=message, number=number, size=1, content=f"Dear {delivery.userid}")
        Delivery.objects.filter(pk=delivery.pk).update(batch=one)
    batch.delete()
    tasks.pump()
    assert counts(message) == {"accepted": 3}
    assert all(texts == {f"Dear {userid}": 1} for userid, texts in simulator.inbox.items())


def test_people_wecom_names_as_invalid_are_reported_and_the_rest_is_accepted(account, simulator, author):
    follow(simulator, registered(2, account))
    ghost = registered(1)[0]
    message = make_message(author)
    tasks.pump()
    assert counts(message) == {"accepted": 2, "unreachable": 1}
    assert message.deliveries.get(person=ghost).state == Delivery.Problem.UNREACHABLE


def test_nobody_of_a_call_reachable_is_a_refusal_of_each_of_them(account, simulator, author):
    registered(2)
    message = make_message(author)
    tasks.pump()
    assert counts(message) == {"unreachable": 2} and message.status == Message.Status.FINISHED
    assert message.batches.get().errcode == 81013


# --- faults ---


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
    connection.transport.cache_clear()
    settings.WECOM_API_BASE = "http://127.0.0.1:1"
    tasks.pump()
    batch = message.batches.get()
    assert (batch.state, batch.maybe_sent, batch.body, batch.attempts) == (Batch.State.READY, False, None, 1)
    connection.transport.cache_clear()
    settings.WECOM_API_BASE = simulator_address
    due_now()
    tasks.pump()
    assert counts(message) == {"accepted": 1}


def error(code):
    return error_for(code)("message/send", code)


@pytest.mark.parametrize(
    ("exception", "kind", "does"),
    [
        (WeComUnreachable("message/send"), NOT_SENT, {}),
        (WeComUnavailable("message/send"), UNKNOWN, {}),
        (WeComUnavailable("message/send", http_status=502), UNKNOWN, {}),
        (WeComRateLimited("message/send", http_status=429), NOT_SENT, {"wait": True}),
        (error(-1), UNKNOWN, {}),
        *[(error(code), NOT_SENT, {"token": True}) for code in (40014, 42001, 40001)],
        *[(error(code), NOT_SENT, {"wait": True}) for code in (45009, 45033)],
        *[
            (error(code), NOT_SENT, {"hold": True})
            for code in (40013, 40056, 48002, 48006, 50003, 60020, 60031, 301002)
        ],
        (error(81013), REFUSED, {}),
        *[(error(code), REFUSED, {"pause": "content"}) for code in (40008, 40033, 40035, 40058, 44004, 45002, 47001)],
        *[(error(code), NOT_SENT, {"media": True}) for code in (40007, 40145)],
        (error(987654), NOT_SENT, {"pause": "code"}),
    ],
)
def test_the_table_of_answers(exception, kind, does):
    outcome = outcome_of(exception)
    nothing = {"wait": False, "hold": False, "token": False, "media": False, "pause": ""}
    found = {name: getattr(outcome, name) for name in nothing}
    assert (outcome.means, found) == (kind, nothing | does)


# --- leases ---


def claimed(account, message):
    return claim(account, 10)


def test_a_worker_whose_lease_is_gone_may_add_proof_of_success_and_nothing_else(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    (late,) = claimed(account, message)
    Batch.objects.update(lease_until=Now() - AGO)
    sweeps.take_back_lost_batches()
    due_now()
    (current,) = claimed(account, message)
    for outcome in (Outcome(UNKNOWN), Outcome(NOT_SENT), Outcome(REFUSED, 45002)):
        late.outcome = outcome
        settle([late])
        batch = message.batches.get()
        assert (batch.state, batch.lease) == (Batch.State.IN_FLIGHT, current.lease)
    late.outcome, late.answer = Outcome(OK, 0), SendAnswer("m", frozenset(), frozenset())
    settle([late])
    assert counts(message) == {"accepted": 1}


def test_a_late_proof_changes_unknown_even_after_the_message_has_finished(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    (late,) = claimed(account, message)
    Batch.objects.update(state=Batch.State.UNKNOWN, lease=None, lease_until=None)
    sweeps.sweep()
    assert counts(message) == {"unknown": 1}
    late.outcome, late.answer = Outcome(OK, 0), SendAnswer("m", frozenset(), frozenset())
    settle([late])
    assert counts(message) == {"accepted": 1}


def test_a_call_is_not_begun_too_late_after_its_claim(account, simulator, author, monkeypatch):
    registered(1, account)
    message = prepared(author)
    (batch,) = claimed(account, message)
    batch.claimed -= 21
    settle([call(None, "", batch)])
    stored = message.batches.get()
    assert (stored.state, stored.attempts, stored.body) == (Batch.State.READY, 0, None)
    assert not Attempt.objects.exists()


def test_the_body_is_frozen_by_the_first_claim_and_never_changes(account, simulator, author):
    people = registered(2, account)
    message = prepared(author, text=TEXT)
    (first,) = claimed(account, message)
    assert first.body == text_body(1000002, sorted(f"sp-{p.reference}" for p in people), TEXT)
    Batch.objects.update(state=Batch.State.UNCERTAIN, maybe_sent=True, lease=None, lease_until=None)
    Message.objects.update(text="another text")
    due_now()
    (second,) = claimed(account, message)
    assert second.body == first.body


def test_in_flight_needs_a_lease():
    with pytest.raises(IntegrityError), transaction.atomic():
        message = make_message(make_sign_in(make_person("staff")))
        Batch.objects.create(message=message, number=1, size=1, state=Batch.State.IN_FLIGHT)


# --- order and fairness ---


def test_urgent_goes_first_then_the_message_least_recently_served(account, simulator, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    registered(3, account)
    huge, small = prepared(author, text="huge"), prepared(author, text="small")
    urgent = prepared(author, text="urgent", urgent=True)
    order = []
    for _ in range(9):
        (batch,) = claim(account, 1)
        order.append({huge.pk: "huge", small.pk: "small", urgent.pk: "urgent"}[batch.message_id])
    assert order == ["urgent"] * 3 + ["huge", "small"] * 3


def test_a_person_never_gets_more_than_wecom_lets_through(account, simulator, author):
    follow(simulator, registered(1, account))
    sent = [make_message(author, text=f"message {n}") for n in range(32)]
    tasks.pump()
    assert sum(sum(texts.values()) for texts in simulator.inbox.values()) == 29, "WeCom drops the 31st in silence"
    assert Message.objects.filter(status=Message.Status.FINISHED).count() == 29
    Batch.objects.exclude(state=Batch.State.READY).update(first_attempt_at=Now() - timedelta(minutes=2))
    tasks.pump()
    assert Message.objects.filter(status=Message.Status.FINISHED).count() == len(sent)


# --- stopping ---


def test_stop_cancels_what_has_not_gone_and_leaves_doubt_unknown(account, simulator, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 1)
    registered(4, account)
    message = prepared(author)
    accepted, doubtful, *_ = message.batches.order_by("number")
    Batch.objects.filter(pk=accepted.pk).update(state=Batch.State.ACCEPTED)
    Batch.objects.filter(pk=doubtful.pk).update(state=Batch.State.UNCERTAIN, maybe_sent=True, first_attempt_at=Now())
    actions.stop(message=message, by=author)
    assert claim(account, 10) == [], "nothing is claimed after that commit"
    sweeps.sweep()
    assert counts(message) == {"accepted": 1, "unknown": 1, "cancelled": 2}
    assert message.status == Message.Status.CANCELLED


def test_what_is_in_the_air_when_stopped_still_counts(account, simulator, author):
    follow(simulator, registered(1, account))
    message = prepared(author)
    (batch,) = claimed(account, message)
    actions.stop(message=message, by=author)
    sweeps.sweep()
    client = connection.application_client(account)
    settle([call(client, client.token(), batch)])
    assert counts(message) == {"accepted": 1} and message.status == Message.Status.CANCELLED


def test_stopping_before_the_list_is_frozen_sends_nothing(account, simulator, author):
    registered(2, account)
    message = make_message(author)
    actions.stop(message=message, by=author)
    tasks.pump()
    sweeps.sweep()
    assert counts(message) == {"cancelled": 2} and simulator.calls("message/send") == {}


def test_somebody_who_stops_is_taken_out_of_what_has_not_gone(account, simulator, author):
    people = registered(3, account)
    follow(simulator, people)
    message = prepared(author)
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    tasks.pump()
    assert counts(message) == {"accepted": 2, "stopped": 1}
    assert f"sp-{people[0].reference}" not in simulator.inbox


def test_a_batch_left_empty_is_cancelled(account, simulator, author):
    people = registered(1, account)
    message = prepared(author)
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    tasks.pump()
    sweeps.sweep()
    assert counts(message) == {"stopped": 1} and message.status == Message.Status.FINISHED
    assert simulator.calls("message/send") == {}


def test_paused_sending_claims_nothing_and_changes_no_batch(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    SendingGate.objects.update(paused=True)
    before = Batch.objects.values().get()
    assert claim(account, 10) == []
    tasks.pump()
    assert Batch.objects.values().get() == before
    assert counts(message) == {"waiting": 1}


def test_a_message_of_another_company_is_closed(account, simulator, author):
    registered(1, account)
    message = prepared(author)
    make_account(corporation_id="ww99999999")
    sweeps.sweep()
    assert counts(message) == {"cancelled": 1}


# --- the same text on purpose ---


def test_the_same_text_to_the_same_people_waits_for_a_person(account, simulator, author):
    follow(simulator, registered(2, account))
    make_message(author, text=TEXT)
    tasks.pump()
    again = make_message(author, text=TEXT)
    tasks.pump()
    again.refresh_from_db()
    assert (again.status, again.paused_reason) == (Message.Status.PAUSED, "same text")
    assert simulator.calls("message/send") == {0: 1}
    actions.make_differ(message=again, by=author)
    tasks.pump()
    assert counts(again) == {"accepted": 2}
    assert all(len(texts) == 2 for texts in simulator.inbox.values())


def test_the_same_text_after_five_hours_goes_out(account, simulator, author):
    registered(1, account)
    make_message(author, text=TEXT)
    tasks.pump()
    Batch.objects.update(first_attempt_at=Now() - timedelta(hours=5, seconds=1))
    again = make_message(author, text=TEXT)
    tasks.pump()
    assert counts(again) == {"accepted": 1}


def test_a_text_that_would_become_too_long_is_not_made_to_differ(account, author):
    message = make_message(author, text="x" * 2045, status=Message.Status.PAUSED)
    with pytest.raises(MessageRefused, match="too long"):
        actions.make_differ(message=message, by=author)


# --- the end ---


def test_two_workers_that_settle_the_last_two_batches_are_made_good_by_the_sweep(account, author):
    registered(1, None)
    message = prepared(author)
    Batch.objects.update(state=Batch.State.ACCEPTED)
    sweeps.sweep()
    assert counts(message) == {"accepted": 1} and message.status == Message.Status.FINISHED
    assert message.final_counts == {"accepted": 1}


def test_the_sweep_rings_once_for_whatever_is_due_and_not_otherwise(account, author, doorbells, committed):
    with committed():
        sweeps.sweep()
    assert doorbells == []
    registered(1)
    prepared(author)
    make_message(author)
    with committed():
        sweeps.sweep()
    assert doorbells == ["messaging.tasks.pump"]


def test_send_again_goes_to_exactly_those_of_whom_it_is_unknown(account, simulator, author):
    people = registered(3, account)
    follow(simulator, people)
    message = prepared(author, text=TEXT)
    batch = message.batches.get()
    other = Batch.objects.create(message=message, number=2, size=1, state=Batch.State.UNKNOWN)
    message.deliveries.filter(person=people[0]).update(batch=other)
    Batch.objects.filter(pk=batch.pk).update(size=2, state=Batch.State.ACCEPTED)
    draft = draft_to_unknown(message=message, by=author)
    assert list(people_of(draft.audience, account)) == [people[0]]


def test_send_is_one_statement_and_the_second_press_finds_it_sent(account, author, doorbells, committed):
    message = make_message(author, status=Message.Status.DRAFT)
    press = {"message": message, "version": 1, "shown_count": 1, "shown_digest": "x", "by": author}
    with committed():
        assert releasing.send(**press) is True
        assert releasing.send(**press) is False
    assert doorbells == ["messaging.tasks.pump"]


def test_a_message_changed_since_it_was_shown_is_not_sent(account, author):
    message = make_message(author, status=Message.Status.DRAFT)
    save_draft(message=message, text="another", rule=message.audience, by=author)
    assert releasing.send(message=message, version=1, shown_count=1, shown_digest="x", by=author) is False
    with pytest.raises(MessageRefused, match="sent already"):
        Message.objects.update(status=Message.Status.SENDING)
        save_draft(message=message, text="too late", rule={}, by=author)


def test_states_have_words():
    assert {str(state) for state in State} == {"waiting", "accepted", "failed", "unknown", "cancelled"}
    assert "delivered" not in " ".join(str(label) for label in State.labels)


def test_somebody_who_stops_while_the_batch_is_in_the_air_is_not_in_its_next_bytes(account, simulator, author):
    people = registered(2, account)
    follow(simulator, people)
    message = prepared(author)
    (batch,) = claimed(account, message)
    registration_actions.withdraw(registration=people[0].registrations.get(), by=None)
    batch.outcome = Outcome(NOT_SENT)
    settle([batch])
    due_now()
    tasks.pump()
    assert counts(message) == {"accepted": 1, "stopped": 1}
    assert f"sp-{people[0].reference}" not in simulator.inbox
