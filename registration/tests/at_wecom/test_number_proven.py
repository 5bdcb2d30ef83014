"""*Registered with this number* is said when WeCom gives this member for it, on every road."""

import pytest

from registration.at_wecom import doubts
from registration.models import Problem
from registration.steps import actions
from wechat_admin.models import LookingUp

from .helpers import NUMBER, Status, check, confirmed, enter

pytestmark = pytest.mark.django_db
NEW, USERID = "+8613800130970", "sp-C0007"


def registered(simulator):
    registration = enter(confirmed())
    simulator.scan(NUMBER)
    return check(registration)


def stops_and_starts_again(registration, account, **address):
    actions.withdraw(registration=registration, by=None)
    again = actions.start(person=registration.person, account=account, language="en", by=None)
    actions.confirm(registration=again, by=None, **address or {"mobile": NEW})
    return enter(again)


def test_stop_and_a_new_number_that_wecom_does_not_take_is_not_registered_with_it(account, simulator, doorbells):
    registration = stops_and_starts_again(registered(simulator), account)
    assert simulator.members[USERID]["mobile"] == NUMBER
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.NUMBER_KEPT)
    assert not check(registration).is_registered
    assert enter(registration).problem == Problem.NUMBER_KEPT, "however often it is tried"
    assert not LookingUp.objects.get().has_stopped
    simulator.change_member(USERID, mobile=NEW)
    assert enter(registration).status == Status.IN_WECOM
    assert check(registration).is_registered


def test_who_no_longer_follows_gets_the_new_number_and_it_is_proven(account, simulator, doorbells):
    registration = registered(simulator)
    simulator.unfollow(USERID)
    registration = stops_and_starts_again(registration, account)
    assert (registration.status, simulator.members[USERID]["mobile"]) == (Status.IN_WECOM, NEW)
    assert registration.known_by == NEW and not check(registration).is_registered


def test_the_same_number_again_stands_at_once(account, simulator, doorbells):
    registration = stops_and_starts_again(registered(simulator), account, mobile=NUMBER)
    assert (registration.status, registration.problem) == (Status.IN_WECOM, "")
    assert check(registration).is_registered


@pytest.mark.parametrize("mobile", [NUMBER, NEW])
def test_an_id_given_away_while_they_had_stopped_is_never_written_to(account, simulator, doorbells, mobile):
    registration = registered(simulator)
    simulator.give_userid_to_another(USERID, mobile="+8613800138444")
    before = simulator.members[USERID]
    registration = stops_and_starts_again(registration, account, mobile=mobile)
    assert registration.userid.startswith(f"{USERID}-") and registration.status == Status.IN_WECOM
    assert simulator.members[USERID] == before and simulator.calls("user/update") == {}


def test_a_linked_member_given_away_is_not_theirs_when_they_come_back(account, simulator, doorbells):
    simulator.add_member("WeiLi", mobile=NUMBER, department=2)
    registration = enter(confirmed())
    assert registration.userid == "WeiLi"
    simulator.give_userid_to_another("WeiLi", mobile="+8613800138444")
    registration = stops_and_starts_again(registration, account, mobile=NUMBER)
    assert (registration.userid, registration.created_by_us) == (USERID, True)


def test_a_new_number_written_out_of_sight_is_proven_when_they_are_seen(account, simulator, doorbells):
    registration = registered(simulator)
    simulator.visible_range(departments=[3])
    registration = stops_and_starts_again(registration, account)
    assert registration.doubts
    simulator.visible_range(departments=[1])
    registration = check(registration)
    assert simulator.members[USERID]["mobile"] == NUMBER
    assert not registration.is_registered and registration.must_register_again


def test_an_email_address_in_place_of_the_number_is_proven_too(account, simulator, doorbells):
    registration = stops_and_starts_again(registered(simulator), account, email="wei@family.example")
    assert (registration.status, registration.known_by) == (Status.IN_WECOM, "wei@family.example")
    simulator.change_member(USERID, email="other@family.example")
    doubts.not_reached([USERID], account.account_key)
    assert check(registration).must_register_again
