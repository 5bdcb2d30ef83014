"""Send and what stands before it: undo, a time of one's own, a second person, own groups."""

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from messaging import judgement, releasing, sweeps
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.models import Message, SavedAudience
from messaging.sending.preparing import prepare_all
from messaging.writing.actions import save_draft
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person
from portal.people.models import User
from portal.school.models import SchoolSetting
from registration.demo import make_registration
from wechat_admin.demo import make_account

from .desk import NEW, address, check, draft, form, press, press_send, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


def seconds_shown(page):
    """Until it starts: fewer where the page took a moment."""
    return int(re.search(r"Starts in (\d+) seconds\.", said(page))[1])


def test_send_can_be_undone_until_it_starts(client, sender):
    registered(3)
    message = draft(client)
    assert 20 <= seconds_shown(press_send(client, message)) <= 30
    prepare_all()
    assert message.status == Status.PREPARING and not message.deliveries.exists()
    assert "nothing has gone out" in said(client.post(address("undo", message), follow=True))
    message.refresh_from_db()
    assert (message.status, message.sent_at) == (Status.DRAFT, None)


def test_after_the_start_it_is_too_late_to_undo(client, sender):
    registered()
    message = draft(client)
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    assert "Too late to undo" in said(client.post(address("undo", message), follow=True))
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_send_at_once_does_not_wait(client, sender):
    registered()
    message = draft(client)
    press_send(client, message)
    press(client, "start-now", message)
    Message.objects.update(start_at=Now() - timedelta(milliseconds=5))
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_what_was_changed_since_does_not_go_at_once_by_a_page_of_before(client, sender):
    registered()
    message = draft(client)
    press_send(client, message)
    shown = {"shown": message.shown_state}
    client.post(address("undo", message))
    client.post(address("edit", message), form(text="Another text", do="save"))
    press_send(client, message)
    at = message.start_at
    assert "This has changed since" in said(client.post(address("start-now", message), shown, follow=True))
    message.refresh_from_db()
    assert (message.status, message.start_at) == (Status.PREPARING, at)


@pytest.mark.parametrize("verb", ["resume", "make-differ"])
def test_what_waits_for_something_else_does_not_go_on_by_a_page_of_before(client, sender, verb):
    message = make_message(sender, status=Status.PAUSED, paused_reason="code", paused_code=40058, frozen_digest="x")
    shown = {"shown": message.shown_state}
    Message.objects.update(paused_reason="same text", paused_code=None)
    assert "This has changed since" in said(client.post(address(verb, message), shown, follow=True))
    message.refresh_from_db()
    assert (message.status, message.paused_reason, message.addition) == (Status.PAUSED, "same text", "")


def test_the_school_sets_the_seconds(client, sender):
    SchoolSetting.objects.create(name="undo_seconds", value=120)
    registered()
    assert 110 <= seconds_shown(press_send(client, draft(client))) <= 120


def local(moment):
    return timezone.localtime(moment, timezone.get_default_timezone()).strftime("%Y-%m-%dT%H:%M")


def test_a_scheduled_message_waits_and_starts_by_itself(client, sender):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    assert "Schedule 1 message" in said(client.get(address("check", message)))
    press_send(client, message)
    assert message.status == Status.SCHEDULED
    assert message.summary in said(client.get(reverse("messaging:scheduled")))
    sweeps.sweep()
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED
    Message.objects.update(start_at=Now() - timedelta(minutes=5))
    sweeps.sweep()
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_a_schedule_missed_by_more_than_an_hour_waits_for_a_person(client, sender):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(minutes=61))
    sweeps.sweep()
    message.refresh_from_db()
    assert (message.status, message.paused_reason) == (Status.PAUSED, "missed")
    assert "the portal was not running then" in said(client.get(address("message", message)))
    sweeps.sweep()
    press(client, "resume", message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    prepare_all()
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_a_list_that_has_changed_by_the_time_of_sending_waits_for_a_person(client, sender):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    press_send(client, message)
    registered(6)
    Message.objects.update(start_at=Now() - timedelta(minutes=1))
    sweeps.sweep()
    prepare_all()
    message.refresh_from_db()
    assert (message.status, message.paused_reason) == (Status.PAUSED, "second person")
    assert "1 people then, 7 now." in said(client.get(address("message", message)))


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("2020-01-01T10:00", "This time has passed."),
        ("2027-03-28T01:30", "02:30"),
        ("yesterday", "Enter a valid date/time."),
    ],
)
def test_a_time_that_cannot_be_is_said_and_kept(client, sender, when, sentence, settings):
    if sentence == "02:30":
        settings.TIME_ZONE = "Europe/Berlin"
        timezone.get_default_timezone.cache_clear()
        when = "2027-03-28T02:30"
        sentence = "The clocks are put forward then: 02:30 does not exist."
    try:
        response = draft(client, when=when)
    finally:
        timezone.get_default_timezone.cache_clear()
    assert sentence in said(response) and f'value="{when}"' in said(response)


def test_the_hour_that_comes_twice_is_refused(client, sender, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    try:
        response = draft(client, when="2027-10-31T02:30")
    finally:
        timezone.get_default_timezone.cache_clear()
    assert "The clocks are put back then: 02:30 comes twice." in said(response)


def test_above_the_schools_number_a_second_person_releases_exactly_this(client, sender, approver):
    SchoolSetting.objects.create(name="approval_above", value=2)
    registered(3)
    message = draft(client)
    page = said(client.get(address("check", message)))
    assert "Ask to send 3 messages" in page and "It goes to more than 2 people." in page
    press_send(client, message)
    assert message.status == Status.AWAITING
    assert message.summary in said(client.get(reverse("messaging:waiting")))
    assert client.post(address("release", message), {}).status_code == 403
    client.force_login(approver)
    page = client.get(address("approve", message))
    assert "Release 3 messages" in said(page)
    client.post(address("release", message), {"shown": page.context["shown"]})
    message.refresh_from_db()
    assert (message.status, message.released_by) == (Status.PREPARING, approver)
    assert AuditEvent.objects.filter(act="released a message").exists()


def test_outside_the_senders_own_groups_it_waits_for_release_where_the_school_wants_it(client, sender):
    SchoolSetting.objects.create(name="approval_outside_groups", value=True)
    mine, _other = registered(role="pupil"), registered(role="pupil")
    group = make_group("class", "Maths", members=[sender.person, mine])
    inside = draft(client, roles=[], groups=[f"{group.pk}:pupils"])
    assert "Send 1 message" in said(client.get(address("check", inside)))
    outside = draft(client, roles=["pupils"])
    assert "Some of the people belong to none of the sender&#x27;s groups." in said(
        client.get(address("check", outside))
    )


def test_nobody_releases_their_own_message(client, approver):
    client.force_login(approver)
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    page = client.get(address("approve", message))
    assert "somebody else must release it" in said(page) and "Release 1 message<" not in said(page)
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    assert "Somebody else must release your message." in said(response)
    message.refresh_from_db()
    assert message.status == Status.AWAITING


def test_an_edit_meanwhile_voids_the_release(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    client.force_login(approver)
    page = client.get(address("approve", message))
    client.force_login(sender)
    client.post(address("undo", message))
    client.post(address("edit", message), form(text="Another text", urgent="on", do="save"))
    press_send(client, message)
    client.force_login(approver)
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    assert "Nothing was released." in said(response)
    message.refresh_from_db()
    assert message.status == Status.AWAITING


def test_sent_back_it_is_a_draft_with_the_note(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    client.force_login(approver)
    page = client.get(address("approve", message))
    client.post(address("send-back", message), {"note": "Please name the bus.", "shown": page.context["shown"]})
    client.force_login(sender)
    assert "Please name the bus." in said(client.get(address("edit", message)))


def test_what_its_reader_never_saw_is_not_sent_back(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    client.force_login(approver)
    note = {"note": "Please name the bus.", "shown": client.get(address("approve", message)).context["shown"]}
    client.force_login(sender)
    client.post(address("undo", message))
    client.post(address("edit", message), form(text="The bus is number 7", urgent="on", do="save"))
    press_send(client, message)
    client.force_login(approver)
    page = said(client.post(address("send-back", message), note, follow=True))
    assert "It was not sent back." in page and "The bus is number 7" in page and "Please name the bus." in page
    client.post(address("send-back", message), {"note": "No page of ours"})
    message.refresh_from_db()
    assert (message.status, message.sent_back_note) == (Status.AWAITING, "")
    releasing.take_back(message=message, by=sender)
    assert "It was not sent back." in said(client.post(address("send-back", message), note, follow=True))


def test_where_nobody_else_may_release_it_is_said_who_can_give_it(client, sender):
    registered()
    message = draft(client, urgent="on")
    assert "Nobody else holds “Messaging: release”." in said(client.get(address("check", message)))


def test_a_sender_limited_to_own_groups_reaches_nobody_else(client):
    teacher = make_person("staff")
    limited = make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"])
    client.force_login(limited)
    mine, other = registered(role="pupil", given_name="Mine"), registered(role="pupil", given_name="Other")
    make_group("class", "Maths 7", members=[teacher, mine])
    make_group("form", "9B", members=[other])
    group = make_group("class", "Maths 7")
    message = draft(client, roles=[], groups=[f"{group.pk}:pupils"])
    assert "Send 1 message" in said(client.get(address("check", message)))
    for clause in ({"role": "pupils"}, {"person": other.pk}):
        Message.objects.update(audience={"include": [clause]})
        page = client.get(address("check", message))
        assert "own groups only" in said(page) and "Send 1 message" not in said(page)
        press_send(client, message)
        assert message.status == Status.DRAFT
    assert "Nobody matches." in said(client.post(NEW, {"do": "find", "q": other.reference}))


def test_a_system_administrator_is_never_limited_and_neither_is_a_second_profile(client):
    user = make_administrator()
    assert judgement.own_people(user) is None
    limited = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.own_groups"])
    assert judgement.own_people(limited) is not None
    other = make_sign_in(make_person("staff"), options=["messaging.write"])
    limited.groups.add(other.groups.get())
    limited = User.objects.get(pk=limited.pk)
    assert judgement.own_people(limited) is None


def test_not_linked_says_so_and_cannot_be_forced(client, sender):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    make_account(address_book_secret="")
    message = Message.objects.get()
    response = client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]}, follow=True)
    assert "is not linked, so nothing can be sent" in said(response)


@pytest.mark.parametrize("shown", ["", "forged", None])
def test_a_forged_number_sends_nothing(client, sender, shown):
    make_registration(make_person("contact"))
    check(client)
    message = Message.objects.get()
    client.post(f"/messaging/{message.pk}/send/", {"shown": shown} if shown is not None else {})
    message.refresh_from_db()
    assert message.status == Message.Status.DRAFT


def test_what_was_shown_of_one_message_does_not_send_another(client, sender):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    other = make_message(sender, status=Message.Status.DRAFT)
    client.post(f"/messaging/{other.pk}/send/", {"shown": page.context["shown"]})
    other.refresh_from_db()
    assert other.status == Message.Status.DRAFT


def test_send_pressed_twice_is_one_message(client, sender, doorbells, committed):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    message = Message.objects.get()
    with committed():
        for _ in range(2):
            response = client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]})
            assert response.url == f"/messaging/{message.pk}/"
    assert doorbells == ["messaging.tasks.pump"] and Message.objects.count() == 1


def test_changed_in_another_tab_means_checking_again(client, sender):
    make_registration(make_person("contact"))
    page = client.get(check(client).url)
    message = Message.objects.get()
    client.post(f"/messaging/{message.pk}/edit/", {"do": "save", "text": "Changed", "roles": ["contacts"]})
    response = client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]}, follow=True)
    assert "The message was changed after you looked at it." in said(response)
    message.refresh_from_db()
    assert message.status == Message.Status.DRAFT


def test_a_sent_message_cannot_be_edited(client, sender):
    message = make_message(sender)
    assert client.get(f"/messaging/{message.pk}/edit/").url == f"/messaging/{message.pk}/"
    client.post(f"/messaging/{message.pk}/edit/", {"do": "save", "text": "too late", "roles": ["staff"]})
    message.refresh_from_db()
    assert message.text != "too late"


def test_send_is_one_statement_and_the_second_press_finds_it_sent(account, author, doorbells, committed):
    message = make_message(author, status=Message.Status.DRAFT)
    press = {"message": message, "version": 1, "shown_count": 1, "shown_digest": "x", "by": author}
    with committed():
        assert releasing.send(**press) is True
        assert releasing.send(**press) is False
    assert doorbells == ["messaging.tasks.pump"]


def test_a_message_changed_since_it_was_shown_is_not_sent(account, author):
    message = make_message(author, status=Message.Status.DRAFT)
    save_draft(message=message, text="another", rule=message.audience, by=author)
    assert releasing.send(message=message, version=1, shown_count=1, shown_digest="x", by=author) is False
    with pytest.raises(MessageRefused, match="sent already"):
        Message.objects.update(status=Message.Status.SENDING)
        save_draft(message=message, text="too late", rule={}, by=author)


def test_a_rule_of_every_clause_at_once_is_not_too_deep_for_the_database(client, school):
    """SQLite's parser holds a hundred levels; what limits a sender asks around the whole rule."""
    cook = make_person("staff")
    make_group("activity", "Choir", members=[cook])
    user = make_sign_in(cook, options=["messaging.write", "messaging.own_groups"])
    message = make_message(user)
    group = [{"group": school["year7"].pk, "who": "contacts"}, {"group": school["year9"].pk, "who": "pupils"}]
    kept = SavedAudience.objects.create(owner=user, name="Kept", rule={"include": group, "exclude": group})
    clauses = [
        *group,
        *({"role": role} for role in ("staff", "contacts", "guardians", "pupils", "registered")),
        {"person": cook.pk},
        {"listed": [cook.pk], "name": "a.csv"},
        {"audience": kept.pk},
        {"unknown_of": message.pk},
    ]
    SchoolSetting.objects.create(name="trial", value=True)
    rule = {"include": clauses, "exclude": clauses}
    assert judgement.beyond(rule, message.account, user) is None, "nobody is left"
    assert judgement.beyond({"include": clauses, "exclude": group}, message.account, user)
