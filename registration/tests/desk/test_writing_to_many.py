"""Inviting and reminding many: the words and the numbers first, a letter to me, Undo, then progress."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.db.models import F
from django.urls import reverse
from django.utils.html import escape

from portal.audit.models import AuditEvent
from portal.mail.models import Letter
from portal.mail.sending import send_due
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import Invitation, InvitationRun
from wechat_admin.models import EnterpriseAccount

from .helpers import said

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/registrations/remind/"


def contact(name, **fields):
    return make_person("contact", given_name=name, email=f"{name.lower()}@family.example", **fields)


def invited_before(person):
    Invitation.objects.create(run=InvitationRun.objects.create(way="copy"), person=person)
    return person


def press(client, page):
    return client.post(ADDRESS, {"shown": page.context["shown"]}, follow=True)


def seconds_pass(seconds):
    passed = timedelta(seconds=seconds)
    Letter.objects.update(next_attempt_at=F("next_attempt_at") - passed)
    InvitationRun.objects.update(starts_at=F("starts_at") - passed)


def test_the_page_shows_the_words_in_every_language_and_numbers_that_add_up_before_anything_leaves(
    client, administrator
):
    contact("Never")
    invited_before(contact("Before"))
    make_registration(make_person("contact", email="in@family.example"), "in_wecom")
    make_person("contact", email="")
    make_registration(contact("Registered"))
    page = client.get(ADDRESS, {"role": "contacts"})
    html = said(page)
    numbers = [page.context["firsts"], page.context["reminders"], *(n for _, n in page.context["fates"])]
    assert numbers[:2] == [2, 1] and sum(numbers) == page.context["together"] == 4
    for words in ("Dear …,", "…，您好", "You have been invited to receive", "您已收到过邀请", "您已收到過邀請"):
        assert escape(words) in html, words
    assert "Send 3 letters" in html and not Letter.objects.exists()


def test_those_never_invited_are_invited_and_those_invited_are_reminded(client, administrator):
    contact("Never")
    invited_before(contact("Before"))
    press(client, client.get(ADDRESS))
    seconds_pass(31)
    send_due()
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert set(letters) == {"never@family.example", "before@family.example"}
    reminded, invited = letters["before@family.example"], letters["never@family.example"]
    assert reminded.subject.startswith("Reminder:") and "You have been invited" in reminded.body
    assert not invited.subject.startswith("Reminder:") and "You have been invited" not in invited.body


def test_send_can_be_undone_for_some_seconds_and_then_nobody_counts_as_invited(client, administrator):
    contact("Ann")
    page = press(client, client.get(ADDRESS))
    assert "Nothing has left yet" in said(page) and ">Undo<" in said(page)
    send_due()
    assert mail.outbox == []
    page = client.post(reverse("registration:stop-run", args=[InvitationRun.objects.get().pk]), follow=True)
    assert "Taken back: nothing has left." in said(page) and ">Undo<" not in said(page)
    seconds_pass(31)
    send_due()
    assert mail.outbox == []
    assert client.get(ADDRESS).context["firsts"] == 1
    assert AuditEvent.objects.filter(act="took invitations back").exists()


def test_after_the_seconds_it_is_progress_and_the_rest_can_be_stopped(client, administrator, monkeypatch):
    contact("Ann")
    contact("Bob")
    press(client, client.get(ADDRESS))
    seconds_pass(31)
    first, _ = Letter.objects.order_by("pk")
    Letter.objects.filter(pk=first.pk).update(state=Letter.State.SENT)
    address = reverse("registration:run", args=[InvitationRun.objects.get().pk])
    page = client.get(address)
    assert "Letters are leaving" in said(page) and dict(page.context["counts"]) == {"waiting": 1, "sent": 1}
    page = client.post(f"{address}stop/", follow=True)
    assert "Stopped: 1 letter will not leave." in said(page)
    assert dict(page.context["counts"]) == {"sent": 1, "undone": 1} and "hx-get" not in said(page)


def test_a_list_that_changed_since_it_was_shown_is_shown_again_and_nobody_is_written_to(client, administrator):
    contact("Ann")
    page = client.get(ADDRESS)
    contact("Bob")
    answer = press(client, page)
    assert "The list has changed since this page was shown." in said(answer) and answer.context["to_invite"] == 2
    assert not Letter.objects.exists()


def test_a_letter_to_me_first_goes_to_me_alone_and_comes_back_to_the_page(client, administrator):
    contact("Never")
    invited_before(contact("Before"))
    page = client.get(ADDRESS, {"role": "contacts"})
    answer = client.post(reverse("registration:letters-to-me"), {"shown": page.context["letters_to_me"]}, follow=True)
    assert "Nobody else has been written to." in said(answer) and answer.context["to_invite"] == 2
    send_due()
    assert [letter.to for letter in mail.outbox] == [[administrator.email]] * 2
    assert Invitation.objects.filter(run__way="email").count() == 0


def test_whoever_registered_while_their_letter_waited_gets_none(client, administrator):
    ann = contact("Ann")
    press(client, client.get(ADDRESS))
    make_registration(ann)
    seconds_pass(31)
    send_due()
    assert mail.outbox == [] and Letter.objects.get().state == Letter.State.NOBODY


def test_a_mail_server_that_is_away_is_said_on_the_page(client, administrator, monkeypatch):
    contact("Ann")
    press(client, client.get(ADDRESS))
    seconds_pass(31)
    away = SMTPServerDisconnected()
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(away))
    send_due()
    page = client.get(reverse("registration:run", args=[InvitationRun.objects.get().pk]))
    assert "The mail server does not answer." in said(page)


def test_while_registration_is_hidden_nobody_is_written_to(client, administrator):
    contact("Ann")
    page = client.get(ADDRESS)
    EnterpriseAccount.objects.update(registration_visible=False)
    assert "so the invited would find nothing" in said(press(client, page))
    assert not Letter.objects.exists()
