"""Other words for a message that waits for its time: it stays as it is until the change is put in its place."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging import releasing
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.judgement import content_of
from messaging.models import Attachment, Message
from messaging.writing.actions import copy, draft_of_change
from portal.audit.models import AuditEvent

from .desk import address, draft, form, press_send, registered, said, upload
from .test_judgement import colleague, freeze, limit, local, release, scheduled_and_released
from .test_moving import in_days, move, scheduled, told

__all__ = ["colleague"]
pytestmark = pytest.mark.django_db
Status = Message.Status
AT = in_days(1)


def begin(client, message):
    """The draft of a change, as its button makes it."""
    response = client.post(address("change", message))
    return Message.objects.get(pk=int(response.url.split("/")[2]))


def rewrite(client, change, **fields):
    when = local(change.wanted_at) if change.wanted_at else ""
    client.post(address("edit", change), form(**{"do": "save", "text": "Other words", "when": when, **fields}))
    change.refresh_from_db()


def put(client, change):
    page = client.get(address("check", change))
    sent = {"shown": page.context["shown"], "changes": change.changes_id or ""}
    return client.post(address("send", change), sent, follow=True)


def change(client, message, **fields):
    drafted = begin(client, message)
    rewrite(client, drafted, **fields)
    response = put(client, drafted)
    message.refresh_from_db()
    return response


def test_the_message_says_what_the_change_says_and_keeps_its_number_and_its_time(client, sender):
    message = scheduled(client, AT)
    response = change(client, message)
    assert response.redirect_chain[-1][0] == address("message", message)
    assert (message.text, message.status, message.start_at) == ("Other words", Status.SCHEDULED, AT)
    assert Message.objects.get() == message, "the draft of the change is gone"
    event = AuditEvent.objects.get(act="changed a message before its time")
    assert (event.actor, event.subject, event.details) == (sender, f"message {message.pk}", {"people": 1})
    freeze(message)
    assert message.status == Status.SENDING


def test_until_then_it_stays_as_it_is_and_goes_out_so(client, sender):
    message = scheduled(client)
    drafted = begin(client, message)
    page = said(client.get(address("edit", drafted)))
    assert f"This is a change of message {message.pk}" in page
    rewrite(client, drafted)
    message.refresh_from_db()
    assert (message.text, message.status) == ("Hello", Status.SCHEDULED)
    assert f"change of message {message.pk}" in said(client.get("/messaging/drafts/"))
    freeze(message)
    assert message.status == Status.SENDING and message.text == "Hello"


def test_the_button_pressed_again_goes_on_with_the_same_change(client, sender):
    message = scheduled(client)
    first = begin(client, message)
    rewrite(client, first)
    assert begin(client, message) == first and Message.objects.count() == 2


def test_once_it_has_begun_nothing_of_it_is_changed(client, sender):
    message = scheduled(client)
    drafted = begin(client, message)
    rewrite(client, drafted)
    shown = client.get(address("check", drafted)).context["shown"]
    Message.objects.filter(pk=message.pk).update(start_at=Now() - timedelta(seconds=1))
    response = client.post(address("send", drafted), {"shown": shown}, follow=True)
    assert "has begun to go out" in said(response) and "Change it: 1 message" not in said(response)
    message.refresh_from_db()
    drafted.refresh_from_db()
    assert (message.text, drafted.text, drafted.status) == ("Hello", "Other words", Status.DRAFT)
    assert "It has begun to go out" in said(client.post(address("change", message), follow=True))
    copied = client.post(address("copy", drafted))
    assert Message.objects.get(pk=int(copied.url.split("/")[2])).changes is None, "to be sent as a message of its own"


def test_the_statement_that_writes_asks_whether_it_has_begun(client, sender, monkeypatch):
    message = scheduled(client)
    drafted = draft_of_change(message=message, by=sender)
    press = {"message": drafted, "version": drafted.version, "shown_count": 1, "shown_digest": "x", "by": sender}
    needed = releasing._needs_a_second_person

    def begun_meanwhile(*args):
        Message.objects.filter(pk=message.pk).update(status=Status.PREPARING)
        return needed(*args)

    monkeypatch.setattr(releasing, "_needs_a_second_person", begun_meanwhile)
    with pytest.raises(MessageRefused, match="has begun to go out"):
        releasing.send(**press)


def test_of_two_who_change_it_the_second_is_told(client, sender, colleague):
    message = scheduled(client)
    mine = begin(client, message)
    client.force_login(colleague)
    theirs = begin(client, message)
    rewrite(client, theirs, text="Theirs")
    assert mine != theirs
    put(client, theirs)
    client.force_login(sender)
    rewrite(client, mine, text="Mine")
    assert "was changed or taken back meanwhile" in said(put(client, mine))
    message.refresh_from_db()
    assert (message.text, message.author, message.sender) == ("Theirs", sender, colleague)


def test_a_moved_time_is_a_change_the_draft_does_not_know(client, sender):
    message = scheduled(client)
    drafted = begin(client, message)
    move(client, message, in_days(3))
    assert "was changed or taken back meanwhile" in said(put(client, drafted))
    message.refresh_from_db()
    assert message.start_at == in_days(3)


def test_the_button_pressed_twice_leads_to_the_changed_message(client, sender):
    message = scheduled(client)
    drafted = begin(client, message)
    shown = client.get(address("check", drafted)).context["shown"]
    for _ in range(2):
        response = client.post(address("send", drafted), {"shown": shown, "changes": message.pk})
        assert response.url == address("message", message)
    assert Message.objects.count() == 1


def test_the_second_of_two_presses_at_once_changes_nothing_and_is_recorded_nowhere(client, sender):
    drafted = begin(client, scheduled(client))
    rewrite(client, drafted)
    shown = client.get(address("check", drafted)).context
    press = {"message": drafted, "version": drafted.version, "by": sender, "shown_digest": shown["digest"]}
    assert [releasing.send(**press, shown_count=1) for _ in range(2)] == [True, False]
    assert AuditEvent.objects.filter(act="changed a message before its time").count() == 1


@pytest.mark.parametrize("fields", [{"text": "Other words"}, {"text": "Hello", "roles": ["contacts", "staff"]}])
def test_other_words_or_people_void_the_release_and_its_releaser_is_told(client, sender, approver, fields):
    message = scheduled_and_released(client, approver)
    at = message.start_at
    assert "release" in said(change(client, message, **fields))
    assert (message.status, message.released_by, message.wanted_at) == (Status.AWAITING, None, at)
    event = AuditEvent.objects.get(act="changed a message before its time")
    assert event.details["released_by"] == f"user {approver.pk}"
    assert f"Message {message.pk} was changed: your release of it does not count any more." in told(approver)
    assert f"Message {message.pk} waits for your release." in told(approver)
    release(client, message, approver)
    assert (message.status, message.start_at, message.was_released_by) == (Status.SCHEDULED, at, None)
    assert told(approver) == []


def test_another_urgency_and_a_further_file_void_it_too(client, sender, approver):
    message = scheduled_and_released(client, approver)
    change(client, message, text="Hello", urgent="on")
    assert message.status == Status.AWAITING and message.urgent
    release(client, message, approver)
    client.force_login(sender)
    change(client, message, text="Hello", urgent="on", files=[upload("map.pdf", b"%PDF-1.7 map")])
    assert (message.status, message.released_by, message.part_count) == (Status.AWAITING, None, 2)
    assert [file.name for file in message.attachments.all()] == ["map.pdf"]


FILES = (("one.pdf", b"%PDF-1.7 one"), ("two.pdf", b"%PDF-1.7 two"))


def test_a_change_that_leaves_its_files_as_they_are_keeps_the_release(client, sender, approver):
    message = scheduled_and_released(client, approver, files=[upload(*file) for file in FILES])
    tokens = set(message.attachments.values_list("token", flat=True))
    change(client, message, text="Hello", when=local(in_days(3)))
    assert (message.status, message.released_by, message.part_count) == (Status.SCHEDULED, approver, 3)
    assert tokens.isdisjoint(message.attachments.values_list("token", flat=True)), "the files of the draft are copies"


@pytest.mark.parametrize("another", [("one.pdf", b"%PDF-1.7 eno"), ("uno.pdf", b"%PDF-1.7 one")])
def test_another_file_voids_it_however_long_and_whatever_it_is_called(client, sender, approver, another):
    message = scheduled_and_released(client, approver, files=[upload(*FILES[0])])
    drafted = begin(client, message)
    rewrite(client, drafted, text="Hello", do=f"remove-{drafted.attachments.get().pk}")
    rewrite(client, drafted, text="Hello", files=[upload(*another)])
    put(client, drafted)
    message.refresh_from_db()
    assert (message.status, message.released_by) == (Status.AWAITING, None)


def test_the_picture_of_an_article_counts_by_its_bytes_too(author):
    message = make_message(author, kind="news", text="")
    token = message.attachments.create(role="picture", name="picture.jpg", size=3, data=b"one").token
    message.articles = [{"title": "The gala", "description": "", "url": "https://a.example", "picture": token}]
    message.save()
    copied = copy(message=message, by=author)
    assert copied.articles != message.articles and content_of(copied, {}) == content_of(message, {})
    picture = copied.attachments.get()
    picture.data = b"two"
    picture.save()
    assert content_of(copied, {}) != content_of(message, {})


def test_a_file_of_before_digests_were_kept_counts_by_its_bytes_all_the_same(client, sender, approver):
    message = scheduled_and_released(client, approver, files=[upload(*FILES[0])])
    Attachment.objects.update(digest="")
    change(client, message, text="Hello", when=local(in_days(3)))
    assert message.released_by == approver


def test_what_needs_no_second_person_any_more_goes_out_and_the_releaser_sees_so(client, sender, approver):
    message = scheduled(client, urgent="on")
    release(client, message, approver)
    client.force_login(sender)
    change(client, message)
    assert (message.status, message.was_released_by) == (Status.SCHEDULED, approver)
    assert f"changed after {approver} had released it" in said(client.get(address("message", message)))
    client.force_login(approver)
    page = said(client.get(address("approve", message)))
    assert "needs no release as it is now" in page and "Release 1 message<" not in page


def test_a_change_of_the_time_alone_keeps_the_release(client, sender, approver):
    message = scheduled_and_released(client, approver)
    change(client, message, text="Hello", when=local(in_days(3)))
    assert (message.status, message.released_by, message.start_at) == (Status.SCHEDULED, approver, in_days(3))
    assert told(approver) == [f"Message {message.pk}, which you released, goes out at another time."]


def test_whoever_takes_it_back_and_changes_it_voids_the_release_the_same_way(client, sender, approver):
    message = scheduled_and_released(client, approver)
    client.post(address("undo", message))
    message.refresh_from_db()
    rewrite(client, message)
    press_send(client, message)
    assert message.was_released_by == approver
    assert f"Message {message.pk} was changed: your release of it does not count any more." in told(approver)


def test_files_that_stay_stay_and_those_taken_out_go(client, sender):
    registered()
    files = [upload("one.pdf", b"%PDF-1.7 one"), upload("two.pdf", b"%PDF-1.7 two")]
    message = draft(client, when=local(AT), files=files)
    press_send(client, message)
    drafted = begin(client, message)
    first = drafted.attachments.order_by("place").first()
    rewrite(client, drafted, do=f"remove-{first.pk}")
    put(client, drafted)
    message.refresh_from_db()
    assert (message.part_count, [file.name for file in message.following]) == (2, ["two.pdf"])
    assert Attachment.objects.count() == 1


def test_a_larger_list_waits_for_a_second_person(client, sender):
    message = scheduled(client)
    limit(2)
    registered(3)
    change(client, message)
    assert message.status == Status.AWAITING


def test_a_message_to_be_released_at_once_is_changed_too(client, sender, approver):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    change(client, message, urgent="on")
    assert (message.text, message.status) == ("Other words", Status.AWAITING)


def test_nobody_elses_message_is_changed(client, sender, author):
    message = scheduled(client)
    client.force_login(author)
    assert client.post(address("change", message)).status_code == 404


def test_who_may_not_see_it_any_more_changes_nothing_of_it(client, sender, colleague):
    message = scheduled(client)
    client.force_login(colleague)
    drafted = begin(client, message)
    rewrite(client, drafted)
    profile = colleague.groups.get()
    profile.permissions.remove(profile.permissions.get(codename="report"))
    assert "is not yours to change any more" in said(put(client, drafted))
    message.refresh_from_db()
    assert (message.text, message.sender) == ("Hello", sender)


def test_the_change_of_what_is_gone_does_not_go_out_as_a_message_of_its_own(client, sender):
    message = scheduled(client)
    drafted = begin(client, message)
    rewrite(client, drafted)
    shown = client.get(address("check", drafted)).context["shown"]
    client.post(address("undo", message))
    client.post(address("delete", message))
    Message._base_manager.filter(pk=message.pk).delete()
    page = said(client.post(address("send", drafted), {"shown": shown, "changes": message.pk}, follow=True))
    assert "Nothing of it is changed." in page and "Copy into a new draft" in page and "Send 1 message" not in page
    assert Message.objects.get().status == Status.DRAFT
