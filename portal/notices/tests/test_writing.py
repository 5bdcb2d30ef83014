"""Notices by e-mail: one letter a person, said again where urgent, and never twice for one cause."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as Memory
from django.utils import timezone

from portal.causes import Cause, Way
from portal.mail.models import Letter, MailServer
from portal.mail.sending import send_due
from portal.notices.looking import look
from portal.notices.models import Choice, Notice, Telling
from portal.notices.writing import write_what_is_due

from .test_looking import earlier

pytestmark = pytest.mark.django_db


def sweep():
    look()
    write_what_is_due()
    send_due()


def subjects():
    return [letter.subject for letter in mail.outbox]


def test_one_letter_holds_everything_and_leads_to_each(pretended, holder):
    pretended.now = {"7": Cause(), "8": Cause()}
    sweep()
    sweep()
    (letter,) = mail.outbox
    assert letter.to == ["holder@school.example"] and letter.subject == "2 notices of the portal"
    for notice in Notice.objects.all():
        assert f"{notice.sentence}\nhttp://testserver/notices/{notice.pk}/" in letter.body


def test_one_alone_stands_in_the_subject_in_the_readers_language(pretended, holder):
    type(holder.person).objects.filter(pk=holder.person.pk).update(language="zh-hans")
    pretended.now = {"7": Cause(urgent=True)}
    sweep()
    assert subjects() == ["紧急：Thing 7 is so."]


def test_what_is_over_before_the_letter_leaves_is_not_written(pretended, holder):
    pretended.now = {"7": Cause()}
    look()
    write_what_is_due()
    pretended.now = {}
    look()
    send_due()
    assert mail.outbox == [] and Letter.objects.get().state == Letter.State.NOBODY


def test_an_urgent_one_is_said_at_once_and_after_5_15_and_30_minutes(pretended, holder):
    pretended.now = {"7": Cause(urgent=True)}
    minutes_of_letters, minute = [], 0
    for minute in range(60):
        before = len(mail.outbox)
        sweep()
        minutes_of_letters += [minute] * (len(mail.outbox) - before)
        earlier(minutes=1)
    assert minutes_of_letters == [0, 5, 15, 30]


def test_what_is_not_urgent_is_said_once(pretended, holder):
    pretended.now = {"7": Cause()}
    for _ in range(4):
        sweep()
        earlier(minutes=20)
    assert len(mail.outbox) == 1


def test_whoever_has_opened_it_is_written_to_no_more(client, pretended, holder):
    pretended.now = {"7": Cause(urgent=True)}
    sweep()
    client.force_login(holder)
    client.get(f"/notices/{Notice.objects.get().pk}/")
    for _ in range(3):
        earlier(minutes=15)
        sweep()
    assert len(mail.outbox) == 1


def test_nobody_is_written_to_before_it_has_lasted(pretended, holder):
    pretended.of(patience=timedelta(minutes=2))
    pretended.now = {"7": Cause()}
    sweep()
    assert mail.outbox == [] and Telling.objects.standing().exists()
    earlier(minutes=3)
    sweep()
    assert len(mail.outbox) == 1


def test_while_the_mail_server_is_dead_letters_do_not_pile_up_and_one_leaves_after(monkeypatch, pretended, holder):
    def refuse(self):
        raise ConnectionRefusedError

    pretended.now = {"7": Cause(urgent=True)}
    with monkeypatch.context() as dead:
        dead.setattr(Memory, "open", refuse, raising=False)
        for _ in range(60):
            sweep()
            earlier(minutes=1)
    assert Letter.objects.count() == 1 and mail.outbox == []
    MailServer.objects.update(ask_again_at=None)
    sweep()
    assert subjects() == ["Urgent: Thing 7 is so."]


def test_whoever_left_before_the_letter_leaves_is_not_written_to(pretended, holder):
    pretended.now = {"7": Cause()}
    look()
    write_what_is_due()
    yesterday = timezone.localdate() - timedelta(days=1)
    type(holder.person).objects.filter(pk=holder.person.pk).update(staff_last_day=yesterday)
    send_due()
    assert mail.outbox == []


def test_each_way_is_kept_to_and_what_is_urgent_waits_for_no_morning(pretended, holder):
    Choice.objects.create(user=holder, kind="test", way=Way.DAILY)
    pretended.now = {"7": Cause()}
    sweep()
    assert mail.outbox == []
    due = timezone.localtime(Telling.objects.get().tell_at)
    assert (due.hour, due.minute) == (7, 0) and timedelta(0) < due - timezone.now() <= timedelta(days=1)
    pretended.now = {"8": Cause(urgent=True)}
    sweep()
    assert len(mail.outbox) == 1


def test_who_is_not_to_be_written_to_sees_it_on_the_page_until_it_lasts(pretended, holder):
    Choice.objects.create(user=holder, kind="test", way=Way.PAGE)
    pretended.now = {"7": Cause(urgent=True)}
    sweep()
    assert mail.outbox == [] and Telling.objects.shown_to(holder).exists()
    earlier(minutes=31)
    sweep()
    assert len(mail.outbox) == 1
