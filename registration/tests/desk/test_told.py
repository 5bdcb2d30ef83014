"""Whoever decides about numbers is told of each, and of what stops everybody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.access.demo import make_sign_in
from portal.notices.looking import look
from portal.notices.models import Notice, Telling
from portal.people.demo import make_person
from registration.cases import actions
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions as step_actions
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
Status = Registration.Status


@pytest.fixture
def office(doorbells):
    make_account()
    return make_sign_in(make_person("staff"), options=["registration.view", "registration.decide"])


def with_a(problem, **fields):
    person = make_person("contact", given_name="Quillfeather")
    return make_registration(person, fields.pop("status", Status.CONFIRMED), problem=problem, **fields)


def sentences(user):
    look()
    return [telling.notice.sentence for telling in Telling.objects.shown_to(user).select_related("notice")]


def test_a_number_in_dispute_is_told_without_a_name_and_gone_when_it_is_decided(office):
    case = with_a(Problem.NUMBER_TAKEN, mobile="+8613000000077")
    (sentence,) = sentences(office)
    assert f"(Case {case.pk})" in sentence and "Quillfeather" not in sentence and "1300" not in sentence
    actions.refuse(registration=case, shown=actions.seen(case), by=office)
    assert sentences(office) == []


def test_two_in_dispute_are_two_and_many_cost_no_more(office):
    with_a(Problem.NUMBER_TAKEN, mobile="+8613000000077")
    look()
    with CaptureQueriesContext(connection) as one:
        look()
    for number in range(20):
        with_a(Problem.NUMBER_ON_RECORD, mobile=f"+86130000001{number:02}")
    assert len(sentences(office)) == 21
    with CaptureQueriesContext(connection) as many:
        look()
    assert len(many) == len(one)


def test_full_seats_are_one_notice_for_everybody_who_waits(office):
    for _ in range(3):
        with_a(Problem.FULL)
    assert len(sentences(office)) == 1


def test_members_lost_one_by_one_are_no_notice_and_many_at_once_are(office):
    for _ in range(4):
        with_a(Problem.REGISTER_AGAIN, status=Status.STARTED)
    assert sentences(office) == []
    with_a(Problem.REGISTER_AGAIN, status=Status.STARTED)
    assert len(sentences(office)) == 1 and Notice.objects.get(kind="registration.lost").urgent


def test_who_is_outside_the_visible_range_is_told(office):
    with_a(Problem.OUT_OF_RANGE, status=Status.IN_WECOM)
    assert "visible range" in sentences(office)[0]


def test_a_missing_message_is_told_without_a_name_until_it_is_settled(office):
    person = make_person("pupil", given_name="Quillfeather")
    registration = make_registration(person)
    assert sentences(office) == []
    step_actions.tell_nothing_came(registration=registration, tried=["stopped"], by=None)
    (sentence,) = sentences(office)
    assert f"(Case {registration.pk})" in sentence and "Quillfeather" not in sentence
    registration.refresh_from_db()
    actions.settle(registration=registration, shown=actions.said(registration), by=office)
    assert sentences(office) == []
