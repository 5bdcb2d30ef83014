"""Somebody is told while things fail, and what cannot be told stops nothing."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as Memory
from django.urls import reverse
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import Message
from portal.access.demo import make_administrator
from portal.mail.models import Letter, MailServer
from portal.mail.sending import send_due
from portal.notices import looking
from portal.notices.looking import look
from portal.notices.models import Absence, Choice, Notice, Telling
from portal.notices.tests.test_looking import earlier
from portal.notices.writing import write_what_is_due

from .desk import address, draft, press_send, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


def a_minute():
    look()
    write_what_is_due()
    send_due()
    earlier(minutes=1)


def told(user, kind="messaging.to-release"):
    return Telling.objects.shown_to(user).filter(notice__kind=kind).exists()


def leaves(user):
    yesterday = timezone.localdate() - timedelta(days=1)
    type(user.person).objects.filter(pk=user.person.pk).update(staff_last_day=yesterday)


def test_with_the_mail_server_dead_for_an_hour_the_page_tells_it_and_no_letter_comes_when_it_is_settled(
    client, sender, approver, monkeypatch
):
    def refuse(self):
        raise ConnectionRefusedError

    administrator = make_administrator()
    type(approver).objects.filter(pk=approver.pk).update(email="second@school.example")
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    with monkeypatch.context() as dead:
        dead.setattr(Memory, "open", refuse, raising=False)
        for _ in range(60):
            a_minute()
        assert told(administrator, "mail.away")
        assert Letter.objects.filter(about=approver.pk).count() == 1, "one letter waits, however often it was said"
        client.force_login(approver)
        assert "open for you" in said(client.get(reverse("notices")))
        page = client.get(address("approve", message))
        client.post(address("release", message), {"shown": page.context["shown"]})
    message.refresh_from_db()
    assert message.released_by == approver
    MailServer.objects.update(ask_again_at=None)
    a_minute()
    assert not [letter for letter in mail.outbox if "second@school.example" in letter.to]


def test_when_an_approver_leaves_while_it_waits_the_others_are_told(sender, approver):
    administrator = make_administrator()
    make_message(sender, status=Status.AWAITING, sent_by=sender, urgent=True)
    look()
    assert told(approver)
    leaves(approver)
    look()
    assert not told(approver) and told(administrator)


def test_when_the_last_approver_has_left_and_the_others_are_away_the_page_says_so_and_the_administrator_is_told(
    client, sender, approver
):
    administrator = make_administrator()
    message = make_message(sender, status=Status.AWAITING, sent_by=sender, urgent=True)
    leaves(approver)
    Absence.objects.create(user=administrator, until=timezone.localdate())
    look()
    assert "Everybody else who may release it is away." in said(client.get(address("message", message)))
    assert told(administrator) and Notice.objects.get(kind="messaging.to-release").is_nobodys


def test_notices_that_cannot_be_made_stop_neither_the_asking_nor_the_release(
    client, sender, approver, monkeypatch, django_capture_on_commit_callbacks
):
    def fail(*arguments):
        raise RuntimeError("no notice can be made")

    monkeypatch.setattr(looking, "_tell", fail)
    monkeypatch.setattr(looking, "_open", fail)
    registered()
    message = draft(client, urgent="on")
    with django_capture_on_commit_callbacks(execute=True):
        press_send(client, message)
    assert message.status == Status.AWAITING
    client.force_login(approver)
    page = client.get(address("approve", message))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("release", message), {"shown": page.context["shown"]})
    message.refresh_from_db()
    assert message.status == Status.PREPARING and not Notice.objects.exists()


@pytest.mark.parametrize("minutes", [4, 6, 16, 31])
def test_an_urgent_message_is_said_again_and_then_to_those_who_chose_the_page_alone(client, sender, approver, minutes):
    quiet = make_administrator()
    quiet.email = "quiet@school.example"
    quiet.save()
    Choice.objects.create(user=quiet, kind="messaging.to-release", way="page")
    type(approver).objects.filter(pk=approver.pk).update(email="second@school.example")
    make_message(sender, status=Status.AWAITING, sent_by=sender, urgent=True)
    for _ in range(minutes):
        a_minute()
    # An administrator is told of our own silent processes besides.
    to = [letter.to[0] for letter in mail.outbox if "waits for your release" in letter.subject + letter.body]
    assert to.count("second@school.example") == {4: 1, 6: 2, 16: 3, 31: 4}[minutes]
    assert ("quiet@school.example" in to) == (minutes > 30)
