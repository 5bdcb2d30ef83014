"""A member who is gone, and an id that WeCom has given to somebody else."""

import pytest

from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from registration.at_wecom import doubts, welcoming
from registration.demo import make_code, make_registration
from registration.models import PersonalCode, Problem, Registration, userid_for
from registration.steps import actions
from wechat_admin.callback.receiving import member_changed
from wechat_admin.models import Check

from .helpers import NUMBER, Status, check, confirmed, enter

pytestmark = pytest.mark.django_db
USERID = "sp-C0007"


def registered(simulator):
    registration = enter(confirmed())
    simulator.scan(NUMBER)
    return check(registration)


def put_in_doubt(registration):
    doubts.not_reached([registration.userid.upper()], registration.account_key)
    registration.refresh_from_db()
    return registration


def is_reached(account):
    return Registration.objects.reachable(account).exists()


def test_who_is_in_doubt_is_not_reached_and_due_at_once_and_stands_when_their_number_gives_them(account, simulator):
    registration = put_in_doubt(registered(simulator))
    assert not is_reached(account) and registration.problem == Problem.UNREACHED
    assert Registration.objects.to_check().get() == registration
    assert check(registration).is_registered and is_reached(account) and not registration.problem
    assert simulator.calls("user/getuserid")[0] == 1


def test_who_is_in_doubt_stands_though_the_office_has_spelled_their_number_anew(account, simulator):
    registration = put_in_doubt(registered(simulator))
    simulator.change_member(USERID, mobile=f"+86 {NUMBER[3:]}")
    assert check(registration).is_registered and is_reached(account)


def test_a_deleted_member_registers_again_with_the_same_id(account, simulator):
    registration = put_in_doubt(registered(simulator))
    simulator.delete_member(USERID)
    registration = check(registration)
    assert registration.must_register_again and registration.step == 2 and not is_reached(account)
    assert (registration.userid, registration.lost_userid) == ("", "")
    assert AuditEvent.objects.get(act__startswith="lost the member").subject == f"person {registration.person_id}"
    actions.confirm(registration=registration, mobile=NUMBER, by=None)
    assert enter(registration).userid == USERID and simulator.scan(NUMBER) == "followed"
    assert check(registration).is_registered and is_reached(account) and registration.welcome_due_at


def test_a_letter_they_have_registered_with_does_not_live_again_when_the_member_is_lost(account, simulator):
    registration = confirmed()
    make_code(registration.person)
    enter(registration)
    simulator.scan(NUMBER)
    put_in_doubt(check(registration))
    simulator.delete_member(USERID)
    assert PersonalCode.objects.good().exists()
    check(registration)
    assert not PersonalCode.objects.good().exists()
    make_code(registration.person)
    assert not PersonalCode.objects.good().with_use().get().used_up, "a new letter lets them in"


def test_a_deletion_that_only_the_check_finds_is_believed_the_second_time(account, simulator):
    registration = registered(simulator)
    simulator.delete_member(USERID)
    registration = check(registration)
    assert (registration.status, registration.problem) == (Status.REGISTERED, Problem.OUT_OF_RANGE)
    assert not is_reached(account)
    assert check(registration).must_register_again


def test_whoever_got_the_id_is_never_taken_for_the_person_and_never_written_to(account, simulator):
    registration = put_in_doubt(registered(simulator))
    simulator.give_userid_to_another(USERID, mobile="+8613800138444")
    simulator.scan("+8613800138444")
    registration = check(registration)
    assert registration.must_register_again and registration.lost_userid == USERID
    actions.confirm(registration=registration, mobile=NUMBER, by=None)
    registration = enter(registration)
    assert registration.userid.startswith(f"{USERID}-") and registration.status == Status.IN_WECOM
    stranger = simulator.members[USERID]
    assert (stranger["name"], stranger["mobile"]) == ("Somebody Else", "+8613800138444")
    assert userid_for(registration.person) == registration.userid


def test_an_id_given_away_before_the_daily_check_saw_it_gone_is_noticed_by_its_event(account, simulator, doorbells):
    registration = registered(simulator)
    Registration.objects.update(registered_at="2026-01-01T00:00:00Z")
    simulator.give_userid_to_another(USERID)
    for kind in ("unsubscribe", "delete_user", "create_user", "subscribe"):
        Registration.objects.update(doubts=0)
        member_changed.send(None, userid=USERID.lower(), kind=kind)
        assert not is_reached(account), kind
    assert check(registration).must_register_again


def test_the_event_of_somebody_we_have_just_made_puts_nobody_in_doubt(account, simulator, doorbells):
    registered(simulator)
    member_changed.send(None, userid=USERID, kind="subscribe")
    assert is_reached(account)


def test_one_outside_the_visible_range_is_not_asked_to_register_again(account, simulator):
    registration = put_in_doubt(registered(simulator))
    simulator.visible_range(departments=[3])
    for _ in range(3):
        registration = check(registration)
        assert (registration.status, registration.problem) == (Status.REGISTERED, Problem.OUT_OF_RANGE)
    simulator.visible_range(departments=[1])
    assert check(registration).is_registered and is_reached(account)


def test_many_at_once_are_told_to_an_administrator_and_nobody_registers_again(account, simulator):
    for number in range(7):
        person = make_person("contact", reference=f"C1{number}", mobile=f"+861380013810{number}")
        make_registration(person)
    everybody = list(Registration.objects.values_list("userid", flat=True))
    doubts.not_reached(everybody, account.account_key)
    for _ in range(2):
        check(Registration.objects.first())
        states = set(Registration.objects.values_list("status", "problem"))
        assert states == {(Status.REGISTERED, Problem.OUT_OF_RANGE)} and not is_reached(account)
    found = Check.objects.get(name=Check.Name.RANGE)
    assert (found.state, found.facts) == (Check.State.WARNING, {"doubted": 7, "registered": 7})


def test_a_doubt_that_comes_while_wecom_is_asked_is_not_lost(account, simulator, monkeypatch):
    registration = put_in_doubt(registered(simulator))
    ask = doubts.is_theirs

    def and_meanwhile(*args):
        answer = ask(*args)
        doubts.not_reached([USERID], account.account_key)
        return answer

    monkeypatch.setattr(doubts, "is_theirs", and_meanwhile)
    registration = check(registration)
    assert registration.doubts == 2 and not is_reached(account)
    assert registration in Registration.objects.to_check()


def test_the_first_message_is_not_sent_to_somebody_in_doubt_and_puts_them_in_doubt(account, simulator):
    registration = registered(simulator)
    simulator.delete_member(USERID)
    welcoming.welcome_due()
    registration.refresh_from_db()
    assert registration.doubts == 1 and simulator.calls("message/send") == {81013: 1}
    Registration.objects.update(welcome_due_at="2026-01-01T00:00:00Z")
    welcoming.welcome_due()
    assert simulator.calls("message/send") == {81013: 1}
