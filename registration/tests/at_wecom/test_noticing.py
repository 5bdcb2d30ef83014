"""A notice in WeChat arrives once; while WeCom holds it goes by e-mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now

from portal import causes
from portal.access.demo import make_sign_in
from portal.causes import Cause, Kind, Way
from portal.mail.sending import send_due
from portal.notices.looking import look
from portal.notices.models import Choice, Note
from portal.notices.writing import write_what_is_due
from registration.at_wecom import noticing
from registration.models import Registration
from wechat_admin.models import SendingGate

from .helpers import NUMBER, check, confirmed, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(monkeypatch):
    """What is so; a test changes it."""
    found = {}
    kind = Kind("test", "A thing", "people.view", lambda: found, lambda s: f"Thing {s} is so.", lambda s: "/")
    monkeypatch.setattr(causes, "_kinds", {"test": kind})
    return found


@pytest.fixture
def keeper(account, simulator, now):
    registration = enter(confirmed())
    simulator.scan(NUMBER)
    check(registration)
    person = registration.person
    type(person).objects.filter(pk=person.pk).update(is_staff_member=True, email="keeper@school.example")
    person.refresh_from_db()
    user = make_sign_in(person, options=["people.view"])
    Choice.objects.create(user=user, kind="test", way=Way.WECHAT)
    return user


def sweep():
    look()
    write_what_is_due()
    Note.objects.exclude(try_at=None).update(try_at=Now() - timedelta(seconds=1))
    noticing.notices_due()
    send_due()


def texts(simulator):
    return [text for text in simulator.inbox.get("sp-C0007", {}) if "Thing" in text]


def test_it_says_what_is_so_and_leads_there_and_no_letter_is_written(keeper, simulator, now):
    now["7"] = Cause()
    sweep()
    sweep()
    (text,) = texts(simulator)
    assert text.startswith("Thing 7 is so.\nhttp://testserver/notices/") and mail.outbox == []


def test_both_ways_are_both(keeper, simulator, now):
    Choice.objects.update(way=Way.BOTH)
    now["7"] = Cause()
    sweep()
    assert len(texts(simulator)) == len(mail.outbox) == 1


@pytest.mark.parametrize("effect", ["drop", "drop_after", "busy_after", "http500"])
def test_it_arrives_once_whatever_wecom_answers(keeper, simulator, now, effect):
    simulator.rule(effect, call="message/send")
    now["7"] = Cause()
    sweep()
    sweep()
    assert [simulator.inbox["sp-C0007"][text] for text in texts(simulator)] == [1]


def test_tried_again_it_goes_to_the_member_to_whom_it_may_have_gone(keeper, simulator, now):
    simulator.rule("drop", call="message/send")
    now["7"] = Cause()
    sweep()
    assert texts(simulator) == []
    Registration.objects.update(userid="sp-another")
    sweep()
    assert len(texts(simulator)) == 1


def test_while_sending_is_held_and_to_whoever_is_not_registered_it_goes_by_e_mail(keeper, simulator, now):
    SendingGate.objects.hold(60020)
    now["7"] = Cause()
    sweep()
    assert texts(simulator) == [] and len(mail.outbox) == 1
    SendingGate.objects.all().lift_hold()
    Registration.objects.update(no_longer_at=Now())
    now["8"] = Cause()
    sweep()
    assert texts(simulator) == [] and len(mail.outbox) == 2


def test_what_could_not_leave_or_was_refused_goes_by_e_mail(keeper, simulator, now):
    now["7"] = Cause()
    look()
    write_what_is_due()
    Note.objects.update(written_at=Now() - timedelta(minutes=11))
    sweep()
    sweep()
    assert texts(simulator) == [] and len(mail.outbox) == 1
    simulator.rule("error", call="message/send", code=81013)
    now["8"] = Cause()
    sweep()
    sweep()
    assert texts(simulator) == [] and len(mail.outbox) == 2


@pytest.mark.parametrize("code", [81013, 60111])
def test_whoever_a_notice_does_not_reach_is_written_to_no_more_before_they_are_seen_again(
    account, keeper, simulator, now, code
):
    now["7"] = Cause()
    simulator.rule("error", call="message/send", code=code)
    sweep()
    assert not Registration.objects.reachable(account).exists()


def test_many_are_one_message_that_is_never_too_long(keeper, simulator, now):
    now.update({str(number): Cause() for number in range(40)})
    sweep()
    (text,) = texts(simulator)
    assert "And 35 more:" in text and len(text.encode()) < 2048
