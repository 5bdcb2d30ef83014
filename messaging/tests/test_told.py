"""Who is told of which message, and until when."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from messaging import releasing
from messaging.demo import make_message
from messaging.models import Message, State
from portal.access.demo import make_administrator
from portal.mail.sending import send_due
from portal.notices.looking import look
from portal.notices.models import Absence, Notice, Telling
from portal.notices.writing import write_what_is_due
from wechat_admin.models import SendingGate

from .desk import address, draft, form, press_send, registered, said

pytestmark = pytest.mark.django_db
Status, Reason = Message.Status, Message.PausedReason
TEXT = "Ming Lee has measles"


def of(user):
    """[(sentence, address)] of what stands for them."""
    look()
    tellings = Telling.objects.shown_to(user).filter(notice__kind__startswith="messaging.").select_related("notice")
    return [(telling.notice.sentence, telling.notice.address) for telling in tellings]


def test_an_urgent_message_is_told_to_whoever_may_release_it_and_gone_when_somebody_has(client, sender, approver):
    registered()
    type(approver).objects.filter(pk=approver.pk).update(email="second@school.example")
    message = draft(client, text=TEXT, urgent="on")
    press_send(client, message)
    exactly = address("approve", message)
    assert of(approver) == [(f"Message {message.pk} waits for your release.", exactly)]
    write_what_is_due()
    send_due()
    (letter,) = mail.outbox
    assert letter.subject == f"Urgent: Message {message.pk} waits for your release."
    assert "Ming" not in letter.subject + letter.body
    client.force_login(approver)
    page = client.get(reverse("notice", args=[Notice.objects.get(kind="messaging.to-release").pk]), follow=True)
    assert page.redirect_chain == [(exactly, 302)]
    client.post(address("release", message), {"shown": page.context["shown"]})
    assert of(approver) == []
    assert of(sender) == [(f"Message {message.pk} was released.", reverse("messaging:message", args=[message.pk]))]


def test_nobody_is_asked_to_release_their_own(sender, approver):
    make_message(approver, status=Status.AWAITING)
    make_message(sender, status=Status.AWAITING, saved_by=approver)
    assert of(approver) == []


def test_pressing_send_tells_at_once_without_waiting_for_a_sweep(
    client, sender, approver, django_capture_on_commit_callbacks
):
    registered()
    message = draft(client, urgent="on")
    with django_capture_on_commit_callbacks(execute=True):
        press_send(client, message)
    assert Telling.objects.shown_to(approver).count() == 1
    client.force_login(approver)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.get(address("approve", message))
        client.post(address("send-back", message), {"note": "No", "shown": page.context["shown"]})
    assert Telling.objects.shown_to(approver).count() == 0


def test_what_was_changed_and_is_asked_for_again_is_told_again(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    of(approver)
    client.post(address("undo", message))
    client.post(address("edit", message), form(urgent="on", text="Better"))
    press_send(client, message)
    assert len(of(approver)) == 1 and Notice.objects.filter(kind="messaging.to-release").count() == 2


@pytest.mark.parametrize("note", ["The date is wrong.", ""])
def test_what_is_sent_back_is_told_to_its_author_until_they_change_it(client, sender, approver, note):
    message = make_message(sender, status=Status.AWAITING, sent_by=sender, text=TEXT)
    releasing.send_back(message=message, version=message.version, note=note, by=approver)
    editing = reverse("messaging:edit", args=[message.pk])
    assert of(sender) == [(f"Message {message.pk} was sent back to be changed.", editing)]
    client.post(editing, form(text="Better"))
    assert of(sender) == []


def test_what_missed_its_time_is_told_to_its_author_with_the_reason(sender):
    message = make_message(sender, status=Status.PAUSED, paused_reason=Reason.MISSED)
    ((sentence, leads_to),) = of(sender)
    assert "The portal" not in sentence and str(Reason.MISSED.label) in sentence
    assert leads_to == reverse("messaging:message", args=[message.pk])


def test_what_waits_for_a_person_whose_author_has_left_is_told_to_the_administrators(sender):
    administrator = make_administrator()
    make_message(sender, status=Status.PAUSED, paused_reason=Reason.SENDER)
    yesterday = timezone.localdate() - timedelta(days=1)
    type(sender.person).objects.filter(pk=sender.person.pk).update(staff_last_day=yesterday)
    assert len(of(administrator)) == 1


def test_what_is_held_with_all_sending_is_told_to_its_author_and_goes_when_the_hold_is_lifted(sender):
    make_message(sender, status=Status.SENDING)
    assert of(sender) == []
    SendingGate.objects.hold(60020)
    assert len(of(sender)) == 1
    SendingGate.objects.all().lift_hold()
    assert of(sender) == []


@pytest.mark.parametrize(("accepted", "is_told"), [(80, False), (79, True)])
def test_a_message_that_more_than_a_fifth_did_not_get_is_told_to_its_author(sender, accepted, is_told):
    counts = {State.ACCEPTED: accepted, "not registered": 100 - accepted}
    make_message(sender, status=Status.FINISHED, recipients=100, final_counts=counts, finished_at=Now())
    assert bool(of(sender)) is is_told


def test_a_test_to_oneself_is_told_to_nobody(sender):
    make_message(sender, status=Status.PAUSED, paused_reason=Reason.CODE, is_test=True)
    assert of(sender) == []


def test_no_sentence_of_any_kind_holds_a_word_of_the_message(sender, approver):
    for status in (Status.AWAITING, Status.PAUSED):
        make_message(sender, text=TEXT, title="Ming", status=status, paused_reason=Reason.CODE)
    for user in (sender, approver):
        assert of(user) and not [sentence for sentence, _address in of(user) if "Ming" in sentence]


def test_where_every_approver_is_away_the_messages_page_says_so_and_the_administrator_is_told(client, sender, approver):
    administrator = make_administrator()
    message = make_message(sender, status=Status.AWAITING, sent_by=sender)
    page = reverse("messaging:message", args=[message.pk])
    sentence = "Everybody else who may release it is away."
    assert sentence not in said(client.get(page))
    for user in (approver, administrator):
        Absence.objects.create(user=user, until=timezone.localdate())
    assert sentence in said(client.get(page))
    assert len(of(administrator)) == 1 and of(approver) == []
    assert Notice.objects.get(kind="messaging.to-release").is_nobodys
