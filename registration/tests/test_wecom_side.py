"""The worker against the simulator: who is created, who is linked, who is asked, and what is never done."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.db.models.functions import Now

from portal.people.demo import make_person
from portal.people.models import Person
from registration.at_wecom import checking, entering, welcoming
from registration.demo import make_registration
from registration.models import AudienceDepartment, Problem, Registration
from registration.steps import actions
from wechat_admin.callback.receiving import member_changed
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount, Lock, SendingGate

pytestmark = pytest.mark.django_db
Status = Registration.Status
NUMBER = "+8613800138000"
A_MOMENT_AGO = Now() - timedelta(seconds=1)  # by the clock that decides


@pytest.fixture
def account(simulator):
    return make_account()


def confirmed(mobile=NUMBER, record=NUMBER, **fields):
    person = make_person("contact", reference="C0007", given_name="Wei", family_name="Li", mobile=record)
    return make_registration(person, Status.CONFIRMED, mobile=mobile, **fields)


def enter(registration):
    Registration.objects.filter(next_try_at__isnull=False).update(next_try_at=A_MOMENT_AGO)
    entering.enter_due()
    registration.refresh_from_db()
    return registration


def check(registration):
    Registration.objects.update(next_check_at=A_MOMENT_AGO, lease_until=None)
    checking.check_due()
    registration.refresh_from_db()
    return registration


def test_a_new_person_is_created_in_the_department_of_their_audience_and_not_invited(account, simulator):
    registration = enter(confirmed())
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "sp-C0007", True)
    member = simulator.members["sp-C0007"]
    assert (member["name"], member["mobile"], member["departments"], member["invitations"]) == (
        "Wei Li",
        NUMBER,
        [910002],
        0,
    )
    assert simulator.departments[910002] == "Portal – parents and contacts 家长"


def test_scanning_the_code_makes_them_registered(account, simulator):
    registration = enter(confirmed())
    assert check(registration).status == Status.IN_WECOM
    simulator.scan(NUMBER)
    registration = check(registration)
    assert registration.is_registered and registration.registered_at


def test_status_1_suffices_and_an_openid_does_too(account, simulator):
    registration = enter(confirmed())
    simulator.control("members/sp-C0007/status", status=1)
    assert check(registration).is_registered


@pytest.mark.parametrize("status", [2, 3])
def test_any_other_status_cannot_tell(account, simulator, status):
    registration = enter(confirmed())
    simulator.control("members/sp-C0007/status", status=status)
    registration = check(registration)
    assert (registration.status, registration.problem) == (Status.IN_WECOM, Problem.CANNOT_TELL)


def test_outside_the_visible_range_is_said(account, simulator):
    registration = enter(confirmed())
    simulator.control("range", department=["2"])
    registration = check(registration)
    assert (registration.problem, registration.problem_code, registration.out_of_range) == (
        Problem.OUT_OF_RANGE,
        60111,
        True,
    )
    simulator.control("range", department=["1"])
    simulator.scan(NUMBER)
    registration = check(registration)
    assert registration.is_registered and not registration.out_of_range and not registration.problem


def test_a_change_for_the_worse_shows_and_is_not_lost(account, simulator):
    registration = enter(confirmed())
    simulator.scan(NUMBER)
    check(registration)
    simulator.control("members/sp-C0007/status", status=4)
    registration = check(registration)
    assert registration.status == Status.REGISTERED and registration.no_longer_at and not registration.is_registered
    assert registration.step == 3
    simulator.scan(NUMBER)
    assert check(registration).is_registered


def test_wecom_down_says_nothing_about_the_person(account, simulator):
    registration = enter(confirmed())
    simulator.scan(NUMBER)
    check(registration)
    simulator.rule("http500", times=-1)
    assert check(registration).is_registered


# --- a department for each audience ---


def test_somebody_of_two_audiences_stands_in_both_departments(account, simulator):
    person = make_person("contact", is_pupil=True, reference="C0008", mobile=NUMBER)
    registration = enter(make_registration(person, Status.CONFIRMED))
    assert simulator.members["sp-C0008"]["departments"] == [910002, 910003]
    assert registration.audiences == "contacts pupils"


def test_a_department_is_made_once(account, simulator):
    enter(confirmed())
    person = make_person("contact", reference="C0008", mobile="+8613800138001")
    enter(make_registration(person, Status.CONFIRMED))
    assert simulator.calls("department/create") == {0: 1}


@pytest.mark.parametrize("effect", ["drop", "http500", "busy", "drop_after", "busy_after"])
def test_while_a_department_cannot_be_had_people_stand_in_the_root_and_are_moved_later(account, simulator, effect):
    simulator.rule(effect, call="department/create")
    registration = enter(confirmed())
    assert registration.status == Status.IN_WECOM
    assert simulator.members["sp-C0007"]["departments"] == [1]
    AudienceDepartment.objects.update(next_try_at=A_MOMENT_AGO)
    entering.enter_due()
    assert simulator.members["sp-C0007"]["departments"] == [910002]
    registration.refresh_from_db()
    assert registration.audiences == "contacts"
    entering.enter_due()
    assert simulator.calls("user/update") == {0: 1}


def test_a_department_that_was_there_before_us_is_left_alone(account, simulator):
    simulator.control("departments", id=910002, name="Boarders")
    simulator.control("departments", id=4, name="Portal – parents and contacts 家长 2")
    enter(confirmed())
    assert simulator.members["sp-C0007"]["departments"] == [910022]
    assert simulator.departments[910002] == "Boarders"


def test_a_department_removed_in_the_console_is_made_again(account, simulator):
    enter(confirmed())
    simulator.control("departments/910002/remove")
    person = make_person("contact", reference="C0008", mobile="+8613800138001")
    registration = make_registration(person, Status.CONFIRMED)
    assert enter(registration).status == Status.CONFIRMED
    assert enter(registration).status == Status.IN_WECOM
    assert simulator.members["sp-C0008"]["departments"] == [910002]


def test_who_gets_another_role_is_moved_and_members_before_us_are_not(account, simulator):
    registration = enter(confirmed())
    old = make_person("contact", reference="C0009", mobile="+8613800138002")
    make_registration(old, userid="office9", created_by_us=False)
    Person.objects.update(is_staff_member=True)
    entering.enter_due()
    assert simulator.members["sp-C0007"]["departments"] == [910001, 910002]
    registration.refresh_from_db()
    assert registration.audiences == "staff contacts"
    assert simulator.calls("user/update") == {0: 1}


# --- people who were there before us ---


def old_member(simulator, userid="WeiLi", **fields):
    simulator.control("members", userid=userid, name="Li Wei (office)", mobile=NUMBER, department=2, **fields)


def test_a_member_with_the_number_on_record_is_linked_and_never_changed(account, simulator):
    old_member(simulator)
    registration = enter(confirmed())
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "WeiLi", False)
    actions.withdraw(registration=registration, by=None)
    again = actions.start(person=registration.person, account=account, language="en", by=None)
    actions.confirm(registration=again, mobile=NUMBER, by=None)
    assert enter(again).status == Status.IN_WECOM
    member = simulator.members["WeiLi"]
    assert (member["name"], member["departments"], member["ours"]) == ("Li Wei (office)", [2], False)
    assert list(simulator.members) == ["WeiLi"] and simulator.calls("user/update") == {}


def test_another_number_than_the_one_on_record_is_never_linked(account, simulator):
    old_member(simulator)
    registration = enter(confirmed(record="+8613800138999"))
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.NUMBER_TAKEN)
    assert registration.userid == "" and registration.next_try_at is None


def test_a_member_somebody_else_is_linked_to_is_never_linked_again(account, simulator):
    old_member(simulator)
    other = make_person("contact")
    make_registration(other, mobile="+8613800138111", userid="weili", created_by_us=False)
    assert enter(confirmed()).problem == Problem.NUMBER_TAKEN


def test_a_member_out_of_sight_is_not_guessed_at(account, simulator):
    old_member(simulator)
    simulator.control("range", department=["3"])
    assert enter(confirmed()).problem == Problem.NUMBER_TAKEN


def test_changing_the_number_goes_on_where_it_stuck(account, simulator):
    old_member(simulator)
    registration = enter(confirmed(record="+8613800138999"))
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert (registration.status, registration.userid, registration.problem) == (Status.IN_WECOM, "sp-C0007", "")


def test_a_linked_person_who_gives_another_number_gets_a_member_of_their_own(account, simulator):
    old_member(simulator)
    registration = enter(confirmed())
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert (registration.userid, registration.created_by_us) == ("sp-C0007", True)
    assert simulator.members["WeiLi"]["mobile"] == NUMBER


def test_the_number_of_a_member_we_made_is_updated(account, simulator):
    registration = enter(confirmed())
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert registration.userid == "sp-C0007" and simulator.members["sp-C0007"]["mobile"] == "+8613800138222"
    assert len(simulator.members) == 1


def test_a_userid_that_is_somebody_elses_is_not_taken_for_ours(account, simulator):
    simulator.control("members", userid="sp-C0007", name="A stranger", mobile="+8613800138333")
    registration = enter(confirmed())
    assert registration.problem == Problem.REFUSED and registration.status == Status.CONFIRMED
    assert simulator.members["sp-C0007"]["name"] == "A stranger"


def test_a_member_deleted_at_wecom_is_made_again(account, simulator):
    registration = make_registration(make_person("contact", reference="C1"), Status.IN_WECOM)
    actions.confirm(registration=registration, mobile=NUMBER, by=None)
    assert enter(registration).status == Status.IN_WECOM
    assert simulator.members["sp-C1"]["mobile"] == NUMBER


# --- faults ---


@pytest.mark.parametrize("effect", ["drop_after", "busy_after"])
def test_a_create_of_unknown_outcome_ends_with_one_member_of_ours(account, simulator, effect):
    simulator.rule(effect, call="user/create")
    registration = enter(confirmed())
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.WECOM_UNAVAILABLE)
    registration = enter(registration)
    assert (registration.status, registration.created_by_us, registration.problem) == (Status.IN_WECOM, True, "")
    assert len(simulator.members) == 1


def test_a_worker_killed_between_create_and_its_record_is_made_good(account, simulator, monkeypatch):
    registration = confirmed()
    monkeypatch.setattr(entering, "_entered", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        enter(registration)
    monkeypatch.undo()
    registration = enter(registration)
    assert (registration.status, registration.created_by_us, len(simulator.members)) == (Status.IN_WECOM, True, 1)


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (lambda s: s.control("switch", name="trusted_ip", on="0"), Problem.CONFIGURATION),
        (lambda s: s.control("switch", name="sync_read_only", on="1"), Problem.CONFIGURATION),
        (lambda s: s.control("member-limit", limit=0), Problem.FULL),
        (lambda s: s.rule("http500", times=-1), Problem.WECOM_UNAVAILABLE),
        (lambda s: s.rule("error", call="user/create", code=45009, times=-1), Problem.WECOM_UNAVAILABLE),
    ],
)
def test_a_fault_waits_and_goes_on_by_itself(account, simulator, order, problem):
    order(simulator)
    registration = enter(confirmed())
    assert (registration.status, registration.problem) == (Status.CONFIRMED, problem)
    assert registration.next_try_at is not None
    assert list(Registration.objects.to_enter()) == [], "not at once"
    simulator.control("clear")
    for name, on in (("trusted_ip", "1"), ("sync_read_only", "0")):
        simulator.control("switch", name=name, on=on)
    simulator.control("member-limit", limit=100)
    assert enter(registration).status == Status.IN_WECOM


def test_a_number_wecom_does_not_accept_is_the_persons_to_change(account, simulator):
    simulator.rule("error", call="user/create", code=60103)
    registration = enter(confirmed())
    assert registration.problem == Problem.BAD_NUMBER and registration.next_try_at is None


def test_a_number_changed_while_we_spoke_to_wecom_is_not_overwritten(account, simulator, monkeypatch):
    registration = confirmed()
    write = entering._write

    def meanwhile(row, account):
        result = write(row, account)
        actions.confirm(registration=row, mobile="+8613800138222", by=None)
        return result

    monkeypatch.setattr(entering, "_write", meanwhile)
    entering._enter(registration, account)
    monkeypatch.undo()
    registration.refresh_from_db()
    assert registration.status == Status.CONFIRMED
    registration = enter(registration)
    assert simulator.members["sp-C0007"]["mobile"] == "+8613800138222" and len(simulator.members) == 1


def test_people_of_another_company_are_left_alone(account, simulator):
    registration = confirmed(account_key="another")
    assert enter(registration).status == Status.CONFIRMED
    assert simulator.members == {}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_write_one_after_the_other_and_nobody_twice(simulator):
    make_account()
    for n in range(12):
        person = make_person("contact", mobile=f"+86138001390{n:02}")
        make_registration(person, Status.CONFIRMED)
    simulator.rule("slow", call="user/create", seconds=0.02, times=-1)

    def work():
        try:
            entering.enter_due()
        finally:
            close_old_connections()
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    entering.enter_due()
    assert Registration.objects.filter(status=Status.IN_WECOM).count() == 12
    assert simulator.calls("user/create") == {0: 12}


def test_the_lock_of_a_dead_worker_runs_out(account):
    assert Lock.take("x", entering.LEASE) is True
    assert Lock.take("x", entering.LEASE) is False
    Lock.objects.update(until="2020-01-01T00:00:00Z")
    assert Lock.take("x", entering.LEASE) is True


def test_nothing_is_called_while_the_school_is_not_linked(simulator):
    make_account()
    confirmed()
    EnterpriseAccount.objects.update(qr_target="")
    entering.enter_due()
    assert simulator.state()["calls"] == {}


def test_an_event_completes_nothing_and_only_makes_due_for_a_check(account, simulator, doorbells):
    registration = enter(confirmed())
    Registration.objects.update(next_check_at=None)
    member_changed.send(None, userid="SP-c0007")
    registration.refresh_from_db()
    assert registration.status == Status.IN_WECOM and registration.next_check_at is not None
    checking.check_due()
    registration.refresh_from_db()
    assert registration.status == Status.IN_WECOM, "subscribe at WeCom does not mean that somebody follows"


# --- an e-mail address in place of a number ---

EMAIL = "li.wei@family.example"


def confirmed_by_email(record=EMAIL, **fields):
    person = make_person("contact", reference="C0007", given_name="Wei", family_name="Li", mobile="", email=record)
    return make_registration(person, Status.CONFIRMED, mobile="", email=EMAIL, **fields)


def test_somebody_without_a_number_of_their_own_is_entered_by_email(account, simulator):
    registration = enter(confirmed_by_email())
    member = simulator.members["sp-C0007"]
    assert (registration.status, member["mobile"], member["email"]) == (Status.IN_WECOM, "", EMAIL)
    simulator.scan(EMAIL)
    assert check(registration).is_registered


def test_where_wechat_does_not_match_by_email_nobody_is_registered(account, simulator):
    registration = enter(confirmed_by_email())
    simulator.control("switch", name="email_matches", on="0")
    assert simulator.scan(EMAIL) == "unknown"
    assert not check(registration).is_registered


def test_a_member_with_the_email_on_record_is_linked_and_never_changed(account, simulator):
    simulator.control("members", userid="WeiLi", name="Li Wei (office)", email=EMAIL, department=2)
    registration = enter(confirmed_by_email(record=EMAIL.upper()))
    assert (registration.userid, registration.created_by_us) == ("WeiLi", False)
    assert simulator.calls("user/update") == {} and simulator.calls("user/get_userid_by_email") == {0: 1}


def test_an_email_of_somebody_else_is_never_linked(account, simulator):
    simulator.control("members", userid="WeiLi", name="Li Wei (office)", email=EMAIL, department=2)
    registration = enter(confirmed_by_email(record="another@family.example"))
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.EMAIL_TAKEN)


# --- the first message ---


def registered(simulator, **fields):
    registration = enter(confirmed(**fields))
    simulator.scan(NUMBER)
    return check(registration)


def greet(registration):
    Registration.objects.filter(welcome_due_at__isnull=False).update(welcome_due_at=A_MOMENT_AGO)
    welcoming.welcome_due()
    registration.refresh_from_db()
    return registration


def test_somebody_newly_registered_gets_one_first_message_in_their_language(account, simulator):
    registration = registered(simulator, consent_language="zh-hans")
    assert greet(registration).welcomed_at
    (text,) = simulator.inbox["sp-C0007"]
    assert "Harbour Bridge School" in text and "消息" in text
    check(registration)
    greet(registration)
    assert simulator.inbox["sp-C0007"] == {text: 1}


@pytest.mark.parametrize("effect", ["drop", "drop_after", "busy", "busy_after", "http500"])
def test_the_first_message_arrives_once_whatever_wecom_answers(account, simulator, effect):
    registration = registered(simulator)
    simulator.rule(effect, call="message/send")
    assert greet(registration).welcomed_at is None
    assert greet(registration).welcomed_at
    assert list(simulator.inbox["sp-C0007"].values()) == [1]


def test_the_first_message_waits_while_sending_is_paused_and_is_given_up_before_it_could_come_twice(account, simulator):
    registration = registered(simulator)
    SendingGate.objects.update(paused=True)
    assert greet(registration).welcome_due_at
    SendingGate.objects.update(paused=False)
    Registration.objects.update(registered_at=Now() - timedelta(hours=4))
    assert greet(registration).welcome_due_at is None
    assert simulator.inbox == {}


def test_a_refused_first_message_is_not_tried_again(account, simulator):
    registration = registered(simulator)
    simulator.rule("error", call="message/send", code=81013)
    assert greet(registration).welcome_due_at is None and registration.is_registered


def test_following_again_is_not_greeted_again(account, simulator):
    registration = registered(simulator)
    greet(registration)
    simulator.control("members/sp-C0007/status", status=4)
    check(registration)
    simulator.scan(NUMBER)
    assert check(registration).welcome_due_at is None


# --- what goes wrong on the way, and that it goes on by itself ---

TROUBLE = {
    "the company is full": ("member-limit", {"limit": 0}, {"limit": 100}, Problem.FULL, 45024),
    "the address book may only be read": (
        "switch",
        {"name": "sync_read_only", "on": "1"},
        {"name": "sync_read_only", "on": "0"},
        Problem.CONFIGURATION,
        48008,
    ),
    "our address is no longer trusted": (
        "switch",
        {"name": "trusted_ip", "on": "0"},
        {"name": "trusted_ip", "on": "1"},
        Problem.CONFIGURATION,
        60020,
    ),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_of_the_school_is_said_and_registering_goes_on_by_itself_afterwards(account, simulator, name):
    verb, wrong, right, problem, code = TROUBLE[name]
    simulator.control(verb, **wrong)
    registration = enter(confirmed())
    assert (registration.status, registration.problem, registration.problem_code) == (Status.CONFIRMED, problem, code)
    simulator.control(verb, **right)
    registration = enter(registration)
    assert (registration.status, registration.problem) == (Status.IN_WECOM, "")


@pytest.mark.parametrize(
    ("status", "problem", "reachable"), [(2, Problem.CANNOT_TELL, True), (5, Problem.OUT_OF_RANGE, False)]
)
def test_a_registered_member_who_is_disabled_or_gone_is_a_case_and_not_lost(
    account, simulator, status, problem, reachable
):
    registration = enter(confirmed())
    simulator.scan(NUMBER)
    check(registration)
    simulator.control("members/sp-C0007/status", status=status)
    registration = check(registration)
    assert (registration.status, registration.problem) == (Status.REGISTERED, problem)
    assert Registration.objects.reachable(account).exists() == reachable
    simulator.control("members/sp-C0007/status", status=1)
    assert check(registration).problem == ""


def test_the_same_person_created_by_hand_meanwhile_is_linked(account, simulator):
    registration = confirmed()
    simulator.control("members", userid="by.hand", name="Wei Li", mobile=NUMBER, department=2)
    registration = enter(registration)
    assert (registration.userid, registration.created_by_us) == ("by.hand", False)
    assert list(simulator.members) == ["by.hand"]


def test_a_name_of_64_emoji_is_entered_whole_and_a_longer_one_is_cut(account, simulator):
    Person.objects.all().delete()
    registration = confirmed()
    for name, kept in [("🌸" * 64, 64), ("🌸" * 70, 64)]:
        Person.objects.update(given_name=name, family_name="")
        Registration.objects.update(status=Status.CONFIRMED, next_try_at=A_MOMENT_AGO)
        enter(registration)
        assert simulator.members["sp-C0007"]["name"] == "🌸" * kept
