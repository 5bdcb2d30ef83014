"""Words, then files: each part is calls of its own, and nobody gets a file whose words were not accepted."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from messaging import sweeps, tasks
from messaging.demo import make_message
from messaging.models import Batch, Message, State, Straggler
from messaging.routes.outcome import NOT_SENT, OK, REFUSED, UNKNOWN, Outcome
from messaging.sending import actions, following, silent_limits
from messaging.sending.claim import claim
from messaging.sending.following import NOT_YET
from messaging.sending.settle import settle
from registration.steps import actions as registration_actions
from wechat_admin.wecom.client import SendAnswer

from .rows import AGO, TEXT, counts, follow, prepared, registered

pytestmark = pytest.mark.django_db
PERSONAL = "Dear ((name)): see the letter."


@pytest.fixture
def frozen(author):
    """`frozen(people, files=1, text=…)`: a message ready to go, its files at WeCom."""

    def make(people, files=1, text=PERSONAL):
        registered(people)
        names = [f"letter{n}.pdf" for n in range(1, files + 1)]
        message = prepared(author, text=text, files=names, media_until=Now() + timedelta(days=1))
        for file in message.following:
            message.attachments.filter(pk=file.pk).update(media_id=f"media{file.pk}")
        return message

    return make


def claimed(account, number=100):
    Batch.objects.exclude(next_attempt_at=NOT_YET).update(next_attempt_at=Now() - AGO)
    return claim(account, number)


def answer(batches, means=OK, *, invalid=(), **besides):
    for each in batches:
        each.outcome = Outcome(means, **besides)
        each.answer = SendAnswer(f"m{each.pk}", frozenset(invalid), frozenset())
    settle(batches)


def parts_of(batches):
    return sorted(batch.part_number for batch in batches)


def people_in(batch):
    return batch.body.decode().split('"touser":"')[1].split('"')[0].split("|")


def test_words_and_then_files_arrive_on_every_phone_in_order(account, simulator, author):
    follow(simulator, registered(3, account))
    message = make_message(author, text=TEXT, files=["letter.pdf", "plan.pdf"])
    tasks.pump()
    assert counts(message) == {"accepted": 3} and message.status == Message.Status.FINISHED
    assert message.final_counts == {"accepted": 3}
    assert len(simulator.inbox) == 3
    for texts in simulator.inbox.values():
        assert texts == {TEXT: 1, "[file] letter.pdf": 1, "[file] plan.pdf": 1}
    assert simulator.calls("message/send") == {0: 3} and simulator.calls("media/upload") == {0: 2}
    began = list(message.batches.order_by("first_attempt_at").values_list("part_number", flat=True))
    assert began == [1, 2, 3]


def test_a_picture_that_follows_is_sent_as_a_picture(account, simulator, author):
    follow(simulator, registered(1, account))
    message = make_message(author, text=TEXT, files=["map.png"])
    message.attachments.update(data=b"\x89PNG\r\n\x1a\n" + b"x" * 20)
    tasks.pump()
    assert list(simulator.inbox.values()) == [{TEXT: 1, "[image] map.png": 1}]


def test_personal_words_are_calls_of_one_and_their_file_is_one_call(account, frozen):
    message = frozen(4)
    words = claimed(account)
    assert parts_of(words) == [1, 1, 1, 1]
    answer(words)
    (file,) = claimed(account)
    assert (file.part_number, len(people_in(file))) == (2, 4)
    answer([file])
    assert counts(message) == {"accepted": 4} and message.status == Message.Status.FINISHED


def test_a_file_goes_to_no_more_people_at_once_than_wecom_allows(account, frozen, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 2)
    frozen(5)
    answer(claimed(account))
    files = claimed(account)
    assert sorted(len(people_in(batch)) for batch in files) == [1, 2, 2]
    assert len({userid for batch in files for userid in people_in(batch)}) == 5


def test_no_file_goes_while_the_words_of_one_of_its_people_are_ready_or_in_the_air(account, frozen):
    frozen(3)
    first, second, third = claimed(account)
    answer([first])
    assert claimed(account) == []
    answer([second], NOT_SENT)
    answer([third])
    Batch.objects.update(next_attempt_at=Now() - AGO)  # whoever asks: its turn has not come
    (again,) = claim(account, 10)
    assert again.pk == second.pk
    answer([again])
    assert parts_of(claimed(account)) == [2]


def test_a_second_file_goes_only_after_the_first(account, frozen):
    frozen(1, files=2)
    answer(claimed(account))
    (first,) = claimed(account)
    assert first.part_number == 2
    Batch.objects.update(next_attempt_at=Now() - AGO)
    assert claim(account, 10) == []
    answer([first])
    assert parts_of(claimed(account)) == [3]


def test_whose_words_are_in_doubt_gets_the_file_in_a_call_of_their_own(account, frozen):
    message = frozen(3, files=2)
    doubted, *others = claimed(account)
    answer([doubted], UNKNOWN)
    answer(others)
    Batch.objects.filter(state=Batch.State.UNCERTAIN).update(next_attempt_at=Now() + AGO)
    (file,) = claim(account, 10)
    assert len(people_in(file)) == 2 and Straggler.objects.count() == 1
    answer([file])
    (second,) = claim(account, 10)
    assert second.part_number == 3 and people_in(second) == people_in(file)
    answer([second])
    assert claim(account, 10) == [] and counts(message) == {"accepted": 2, "waiting": 1}
    (again,) = claimed(account)
    assert again.pk == doubted.pk
    answer([again])
    for part in (2, 3):
        (file,) = claimed(account)
        assert file.part_number == part and people_in(file) == people_in(again)
        answer([file])
    assert counts(message) == {"accepted": 3} and message.status == Message.Status.FINISHED


def test_of_many_in_doubt_each_follows_as_soon_as_it_is_known(account, frozen):
    message = frozen(3)
    one, other, third = claimed(account)
    answer([one, other], UNKNOWN)
    answer([third])
    answer([batch for batch in claimed(account) if batch.pk != other.pk])
    Batch.objects.filter(pk=other.pk).update(state=Batch.State.UNCERTAIN, lease=None, lease_until=None, maybe_sent=True)
    sweeps.sweep()
    Batch.objects.filter(pk=other.pk).update(next_attempt_at=Now() + AGO)
    (file,) = claim(account, 10)
    assert people_in(file) == people_in(one)
    answer([file])
    Batch.objects.filter(pk=other.pk).update(first_attempt_at=Now() - timedelta(hours=4))
    sweeps.sweep()
    sweeps.sweep()
    assert counts(message) == {"accepted": 2, "unknown": 1} and message.status == Message.Status.FINISHED


def test_whose_words_are_known_last_gets_the_file_too(account, frozen):
    message = frozen(3)
    one, other, third = claimed(account)
    answer([one, other], UNKNOWN)
    answer([third])
    answer([batch for batch in claimed(account) if batch.pk != other.pk])
    Batch.objects.filter(pk=other.pk).update(state=Batch.State.UNCERTAIN, lease=None, lease_until=None, maybe_sent=True)
    sweeps.sweep()
    Batch.objects.filter(pk=other.pk).update(next_attempt_at=Now() + AGO)
    answer(claim(account, 10))
    (words,) = claimed(account)
    answer([words])
    (file,) = claimed(account)
    assert (file.part_number, people_in(file)) == (2, people_in(other))
    answer([file])
    assert counts(message) == {"accepted": 3} and message.status == Message.Status.FINISHED


def test_where_nobody_has_the_words_no_file_goes(account, frozen):
    message = frozen(2)
    answer(claimed(account), REFUSED, errcode=1, nobody=True)
    assert claimed(account) == []
    assert counts(message) == {"unreachable": 2} and message.status == Message.Status.FINISHED
    assert not Batch.objects.open().exists()


def test_whom_wecom_did_not_reach_with_the_words_gets_no_file(account, simulator, author):
    follow(simulator, registered(2, account))
    registered(1)
    message = make_message(author, text=TEXT, files=["letter.pdf"])
    tasks.pump()
    assert counts(message) == {"accepted": 2, "unreachable": 1}
    assert simulator.calls("message/send") == {0: 2}
    assert all(texts == {TEXT: 1, "[file] letter.pdf": 1} for texts in simulator.inbox.values())


def test_whom_the_file_did_not_reach_has_the_words_alone(account, frozen):
    message = frozen(3, files=2)
    answer(claimed(account))
    (file,) = claimed(account)
    missed = people_in(file)[1]
    answer([file], invalid=[missed.lower()])
    assert counts(message) == {"waiting": 3}, "a second file is still to come"
    (second,) = claimed(account)
    assert missed not in people_in(second) and len(people_in(second)) == 2
    answer([second])
    assert counts(message) == {"accepted": 2, "partly": 1} and message.missing_parts() == {2: 1}
    states = {d.userid: d.state for d in message.deliveries.select_related("batch")}
    assert states[missed] == State.PARTLY and sorted(states.values()) == ["accepted", "accepted", "partly"]
    assert [d.userid for d in message.deliveries.in_states_of(message, ["partly"])] == [missed]
    assert [d.userid for d in message.deliveries.without_part(2)] == [missed]
    assert not message.deliveries.without_part(3)
    assert message.deliveries.in_states_of(message, ["accepted"]).count() == 2


def test_a_file_that_is_refused_pauses_the_rest_and_says_who_has_words_alone(account, frozen, author, monkeypatch):
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 2)
    message = frozen(4, text=TEXT)
    answer(claimed(account))
    refused, other = claimed(account)
    answer([refused], REFUSED, errcode=40058, pause="content")
    answer([other], NOT_SENT)
    message.refresh_from_db()
    assert message.is_paused and claimed(account) == []
    actions.resume(message=message, by=author)
    answer(claimed(account))
    assert counts(message) == {"accepted": 2, "partly": 2} and message.missing_parts() == {2: 2}


def test_stop_begins_no_further_part_and_names_who_has_words_alone(account, frozen, author):
    message = frozen(3)
    first, *others = claimed(account)
    answer([first])
    actions.stop(message=message, by=author)
    assert claimed(account) == []
    answer(others[:1])
    answer(others[1:], UNKNOWN)
    sweeps.sweep()
    sweeps.sweep()
    assert counts(message) == {"partly": 2, "unknown": 1} and message.status == Message.Status.CANCELLED
    assert message.deliveries.in_states_of(message, ["partly"]).count() == 2
    assert message.missing_parts() == {2: 2}


def test_a_late_proof_of_the_words_does_not_say_that_the_file_went(account, frozen):
    message = frozen(2)
    lost, other = claimed(account)
    answer([other])
    Batch.objects.filter(pk=lost.pk).update(state=Batch.State.UNKNOWN, lease=None, lease_until=None)
    sweeps.sweep()
    answer(claimed(account))
    assert counts(message) == {"accepted": 1, "unknown": 1} and message.status == Message.Status.FINISHED
    answer([lost])
    assert counts(message) == {"accepted": 1, "partly": 1}
    assert message.deliveries.without_part(2).get().userid == people_in(lost)[0]


def test_of_those_who_wait_for_a_file_of_their_own_each_is_taken_out_with_their_own_reason(account, frozen):
    message = frozen(3)
    batch = message.batches.get(part_number=2)
    early, late, never = message.deliveries.order_by("pk").values_list("pk", flat=True)
    Straggler.objects.bulk_create(Straggler(delivery_id=pk, span=batch.span) for pk in (early, late))
    following.take_out(batch, {early: "withdrawn", late: Straggler.NOT_BEFORE, never: "withdrawn"})
    out = Straggler.objects.order_by("pk").values_list("pk", "problem", "part_number")
    assert list(out) == [(early, "withdrawn", 2), (late, "not_before", 2), (never, "withdrawn", 2)]


def test_somebody_who_stopped_after_the_words_gets_no_file(account, frozen):
    message = frozen(2)
    answer(claimed(account))
    delivery = message.deliveries.first()
    registration_actions.withdraw(registration=delivery.person.registrations.get(), by=None)
    (file,) = claimed(account)
    assert delivery.userid not in people_in(file)
    answer([file])
    assert counts(message) == {"accepted": 1, "partly": 1}


def test_a_file_is_never_written_anew_once_it_may_have_gone(account, frozen):
    message = frozen(2)
    answer(claimed(account))
    (file,) = claimed(account)
    answer([file], UNKNOWN)
    (again,) = claimed(account)
    assert again.body == file.body
    answer([again], NOT_SENT, media=True)
    assert counts(message) == {"partly": 2} and message.status == Message.Status.FINISHED
    answer([file])
    assert counts(message) == {"accepted": 2}, "a late proof"


def test_what_wecom_has_lost_is_uploaded_again_and_the_words_are_not_repeated(account, frozen):
    message = frozen(2)
    answer(claimed(account))
    answer(claimed(account), NOT_SENT, media=True)
    assert claimed(account) == []
    message.attachments.update(media_id="anew")
    Message.objects.update(media_until=Now() + timedelta(days=1))
    (file,) = claimed(account)
    assert file.part_number == 2 and b'"anew"' in file.body


def test_a_file_that_wecom_does_not_take_keeps_the_words_back(account, simulator, author):
    registered(1, account)
    simulator.rule("error", call="media/upload", code=40004)
    message = make_message(author, text=TEXT, files=["letter.pdf"])
    tasks.pump()
    message.refresh_from_db()
    assert (message.status, message.paused_reason) == (Message.Status.PAUSED, "attachment")
    assert simulator.calls("message/send") == {}


def test_the_limits_of_a_minute_count_parts(account, author):
    keys = {1: 1, 2: 6, 3: 6, 4: 6, 5: 6, 6: 6}
    assert silent_limits.how_many(keys) == 5
    registered(1)
    prepared(author, text=TEXT, files=["a.pdf", "b.pdf"])
    Message.objects.update(counts_until=Now())
    assert silent_limits.how_many({-1: 26}) == 1 and silent_limits.how_many({-1: 27}) == 0


def test_a_message_does_not_count_against_itself(account, author):
    registered(1)
    message = prepared(author, text=TEXT, files=["a.pdf", "b.pdf"])
    Message.objects.update(counts_until=Now())
    assert silent_limits.how_many({message.pk: 29}) == 1 and silent_limits.how_many({message.pk: 30}) == 0


def test_one_who_has_had_enough_gets_the_file_a_minute_later(account, frozen, author):
    message = frozen(1)
    answer(claimed(account))
    for n in range(28):
        prepared(author, text=f"message {n}")
    others = [batch for batch in claimed(account) if batch.message_id != message.pk]
    answer(others)
    assert claimed(account) == [], "28 and the words are all of a minute"
    Message.objects.update(counts_until=Now() - timedelta(minutes=2))
    assert parts_of(claimed(account)) == [2]


def test_a_message_of_one_part_is_asked_nothing_about_others(account, author):
    registered(2)
    prepared(author, text=PERSONAL)
    with CaptureQueriesContext(connection) as asked:
        answer(claimed(account))
    tables = ("messaging_span", "messaging_straggler")
    assert not [query["sql"] for query in asked if any(f'FROM "{table}"' in query["sql"] for table in tables)]


def test_forty_people_with_files_cost_as_many_statements_as_four(account, frozen):
    def statements(people):
        message = frozen(people, text=f"{people}: dear ((name))")
        answer(claimed(account))
        with CaptureQueriesContext(connection) as asked:
            (file,) = claimed(account)
            answer([file])
        assert counts(message)["accepted"] == len(people_in(file))
        return len(asked)

    assert statements(36) == statements(4)
