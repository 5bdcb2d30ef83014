"""Who follows, as far as WeCom's answers tell."""

import pytest

from registration.at_wecom import checking
from registration.models import Problem, Registration
from wechat_admin.callback.receiving import member_changed

from .helpers import NUMBER, Status, check, confirmed, enter

pytestmark = pytest.mark.django_db


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


def test_an_event_completes_nothing_and_only_makes_due_for_a_check(account, simulator, doorbells):
    registration = enter(confirmed())
    Registration.objects.update(next_check_at=None)
    member_changed.send(None, userid="SP-c0007")
    registration.refresh_from_db()
    assert registration.status == Status.IN_WECOM and registration.next_check_at is not None
    checking.check_due()
    registration.refresh_from_db()
    assert registration.status == Status.IN_WECOM, "subscribe at WeCom does not mean that somebody follows"


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
