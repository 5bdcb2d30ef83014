"""Another time for a message that waits: asked for, or offered because everybody sends on the hour."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from messaging import sweeps
from messaging.models import Message
from portal.audit.models import AuditEvent
from portal.notices.looking import look
from portal.notices.models import Telling
from portal.school.models import SchoolSetting

from .desk import address, draft, press_send, registered, said
from .test_judgement import colleague, freeze, local, scheduled_and_released, waits_for_a_second_person

__all__ = ["colleague"]
pytestmark = pytest.mark.django_db
Status = Message.Status


def in_days(number, minute=15):
    return (timezone.now() + timedelta(days=number)).replace(minute=minute, second=0, microsecond=0)


def scheduled(client, at=None, **fields):
    registered()
    message = draft(client, when=local(at or in_days(1)), **fields)
    press_send(client, message)
    return message


def move(client, message, to, version=None):
    sent = {"when": local(to) if to else "", "version": version or message.version}
    response = client.post(address("move", message), sent, follow=True)
    message.refresh_from_db()
    return response


def told(user):
    look()
    return [telling.notice.sentence for telling in Telling.objects.shown_to(user).select_related("notice")]


def test_a_scheduled_message_gets_another_time_without_being_taken_back(client, sender):
    message = scheduled(client)
    page = said(client.get(address("message", message)))
    assert f'value="{local(message.wanted_at)}"' in page and "Change the time" in page
    later = in_days(3)
    assert "The time is changed" in said(move(client, message, later))
    assert (message.status, message.wanted_at, message.start_at) == (Status.SCHEDULED, later, later)
    event = AuditEvent.objects.get(act="moved a message to another time")
    assert event.details == {"time": f"{timezone.localtime(later):%Y-%m-%d %H:%M}"}
    Message.objects.update(start_at=Now() - timedelta(minutes=1))
    sweeps.sweep()
    freeze(message)
    assert message.status == Status.SENDING


def test_another_message_of_the_same_version_keeps_its_time(client, sender):
    moved, other = scheduled(client), scheduled(client)
    before = (other.version, other.wanted_at, other.start_at)
    move(client, moved, in_days(3))
    other.refresh_from_db()
    assert moved.start_at == in_days(3) and before == (other.version, other.wanted_at, other.start_at)


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        (timezone.now() - timedelta(hours=1), "This time has passed."),
        (timezone.now() + timedelta(days=400), "more than a year away"),
        (None, "This field is required."),
    ],
)
def test_the_rules_of_a_time_are_those_of_the_composer(client, sender, to, sentence):
    message = scheduled(client)
    before = message.start_at
    assert sentence in said(move(client, message, to))
    assert message.start_at == before


def test_once_it_has_begun_the_time_stays(client, sender):
    message = scheduled(client)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    assert "The time is not changed" in said(move(client, message, in_days(2)))
    assert message.start_at < timezone.now(), "due, although no sweep has come yet"
    Message.objects.update(status=Status.SENDING)
    assert "The time is not changed" in said(move(client, message, in_days(2)))
    assert client.get(address("move", message)).url == address("message", message)


def test_of_two_who_move_it_at_once_the_second_is_told(client, sender, colleague):
    message = scheduled(client)
    version, first, second = message.version, in_days(2), in_days(4)
    move(client, message, first, version)
    client.force_login(colleague)
    assert "was changed meanwhile" in said(move(client, message, second, version))
    assert message.start_at == first


def test_a_moved_message_stays_released_and_its_releaser_is_told(client, sender, approver):
    message = scheduled_and_released(client, approver)
    move(client, message, in_days(2))
    assert (message.status, message.released_by) == (Status.SCHEDULED, approver)
    assert told(approver) == [f"Message {message.pk}, which you released, goes out at another time."]
    event = AuditEvent.objects.get(act="moved a message to another time")
    assert event.details["released_by"] == f"user {approver.pk}"
    client.force_login(approver)
    page = said(client.get(address("approve", message)))
    assert "You have released it." in page and "The time was moved after that." in page
    assert "Release 10 messages" not in page
    registered(6)
    freeze(message)
    assert waits_for_a_second_person(message), "another time does not let the list grow"


def test_a_releaser_who_moves_it_tells_themselves_nothing(client, sender, colleague):
    message = scheduled_and_released(client, colleague)
    client.force_login(colleague)
    move(client, message, in_days(2))
    assert not message.was_moved_after_release and told(colleague) == []


def test_a_message_that_waits_for_its_release_is_moved_and_asked_for_anew(client, sender, approver):
    message = scheduled(client, urgent="on")
    client.force_login(approver)
    page = client.get(address("approve", message))
    client.force_login(sender)
    move(client, message, in_days(2))
    assert (message.status, message.wanted_at) == (Status.AWAITING, in_days(2))
    client.force_login(approver)
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    assert "Nothing was released." in said(response), "the page said another time"


def test_a_message_without_a_time_gets_none(client, sender):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    assert "Change the time" not in said(client.get(address("message", message)))
    move(client, message, in_days(2))
    assert (message.status, message.wanted_at) == (Status.AWAITING, None)


# --- on the hour ---


@pytest.mark.parametrize(
    ("minute", "fields", "offered"), [(0, {}, True), (30, {}, True), (15, {}, False), (0, {"urgent": "on"}, False)]
)
def test_on_the_hour_some_minutes_off_are_offered_and_nothing_is_changed(client, sender, minute, fields, offered):
    wanted = in_days(2, minute)
    registered()
    message = draft(client, when=local(wanted), **fields)
    assert ("instead" in said(client.get(address("check", message)))) is offered
    press_send(client, message)
    assert message.start_at == wanted
    assert ("instead" in said(client.get(address("message", message)))) is offered


def test_the_offer_is_taken_by_its_button_before_send_and_after(client, sender):
    registered()
    message = draft(client, when=local(in_days(2, 0)))
    off = message.quieter_time
    assert 2 <= off.minute <= 7
    page = said(client.get(address("check", message)))
    assert f'name="when" value="{local(off)}"' in page
    assert move(client, message, off).redirect_chain == [(address("check", message), 302)]
    press_send(client, message)
    assert (message.status, message.start_at) == (Status.SCHEDULED, off)
    move(client, message, in_days(2, 30))
    move(client, message, message.quieter_time)
    assert 32 <= message.start_at.minute <= 37


def test_a_school_that_does_not_want_it_is_offered_nothing(client, sender):
    SchoolSetting.objects.create(name="off_the_hour", value=False)
    message = scheduled(client, in_days(2, 0))
    assert "instead" not in said(client.get(address("message", message)))
