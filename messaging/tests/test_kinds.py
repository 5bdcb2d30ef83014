"""Every kind of message: what it needs, and how it arrives."""

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from messaging.material import files
from messaging.models import Attachment, Batch, Message
from messaging.sending.claim import claim
from messaging.sending.preparing import prepare, prepare_all
from messaging.sending.uploading import upload_due
from messaging.tasks import pump
from portal.uploads import MEGABYTE
from wechat_admin.models import EnterpriseAccount

from .desk import address, draft, png, press, press_send, registered, said, send_now, upload

pytestmark = pytest.mark.django_db
Status = Message.Status


@pytest.mark.parametrize(
    ("kind", "name", "data", "sentence"),
    [
        ("image", "a.png", b"", "empty"),
        ("file", "a.txt", b"12345", "larger than 5 bytes"),
        ("file", "a.pdf", b"x" * (20 * 1024 * 1024 + 1), "must be 20 MB or smaller"),
        ("image", "a.png", b"not a picture", "not a PNG or JPEG picture"),
        ("image", "a.gif", png(), "ends in .jpg, .jpeg, .png"),
        ("video", "a.mp4", png(), "not an MP4 video"),
    ],
)
def test_each_bad_file_has_its_sentence(client, sender, kind, name, data, sentence):
    assert sentence in said(draft(client, kind=kind, title="T", file=upload(name, data)))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "image"}, "Choose the file to send."),
        ({"kind": "video", "text": ""}, "Write a title."),
        ({"kind": "textcard", "title": "T"}, "Write the address the card leads to."),
        ({"kind": "textcard", "title": "T", "address": "school.example"}, "with https:// in front"),
        ({"kind": "textcard", "title": "字" * 43, "address": "https://a.example"}, "must be 128 bytes or less"),
        ({"kind": "textcard", "title": "T", "address": "https://a.example", "text": "字" * 171}, "512 bytes or less"),
        ({"kind": "news"}, "Add at least one article."),
        ({"text": "((nmae))"}, "There is no field ((nmae))."),
        ({"text_zh_hans": "字" * 683}, "must be 2,048 bytes or less; it has 2,049."),
    ],
)
def test_what_a_kind_needs_is_said_at_the_field(client, sender, fields, sentence):
    assert sentence in said(draft(client, **fields))


def test_a_picture_and_a_file_with_a_chinese_name_arrive(client, sender, phone, simulator):
    message = send_now(client, draft(client, kind="image", text="", file=upload("校园.png", png())))
    assert message.status == Status.FINISHED and phone() == ["[image] 校园.png"]
    message = send_now(client, draft(client, kind="file", text="", file=upload("七年级 成绩.pdf", b"%PDF-1.7 results")))
    assert message.status == Status.FINISHED and "[file] 七年级 成绩.pdf" in phone()
    assert simulator.calls("media/upload") == {0: 2}


def test_a_card_and_a_video_arrive(client, sender, phone):
    send_now(client, draft(client, kind="textcard", title="Trip", address="https://a.example/1", text="To the sea"))
    video = upload("trip.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 20)
    send_now(client, draft(client, kind="video", title="Film", text="Of the trip", file=video))
    assert sorted(phone()) == ["[textcard] Trip: To the sea", "[video] trip.mp4"]


def test_articles_with_pictures_arrive_and_their_pictures_are_public_and_unguessable(client, sender, phone):
    message = Message.objects.create(author=sender, audience={"include": [{"role": "contacts"}]}, kind="news")
    article = {"title": "Sports day", "description": "Photos", "address": "https://a.example/sports"}
    page = client.post(address("articles", message), article | {"picture": upload("a.png", png())}, follow=True)
    assert "not public here" in said(page)
    client.post(address("articles", message), article | {"title": "Concert"})
    picture = Attachment.objects.get()
    client.logout()
    response = client.get(reverse("messaging:article-picture", args=[picture.token]))
    assert response.status_code == 200 and response["Content-Type"] == "image/jpeg"
    assert client.get(reverse("messaging:article-picture", args=["guessed"])).status_code == 404
    client.force_login(sender)
    send_now(client, message)
    assert phone() == ["[news] Sports day; Concert"]
    body = (
        Batch.objects.get().body.tobytes() if hasattr(Batch.objects.get().body, "tobytes") else Batch.objects.get().body
    )
    assert f"/messaging/picture/{picture.token}.jpg".encode() in bytes(body)


def test_nine_articles_are_one_too_many_and_one_can_be_removed(client, sender):
    message = Message.objects.create(author=sender, kind="news")
    article = {"title": "A", "address": "https://a.example"}
    for _ in range(9):
        page = client.post(address("articles", message), article, follow=True)
    assert "8 articles at most" in said(page)
    message.refresh_from_db()
    assert len(message.articles) == 8
    client.post(reverse("messaging:remove-article", args=[message.pk, 0]))
    client.post(reverse("messaging:remove-article", args=[message.pk, 99]))
    message.refresh_from_db()
    assert len(message.articles) == 7


def test_an_article_added_twice_by_one_press_is_one_and_removed_twice_takes_one_away(client, sender):
    message = Message.objects.create(author=sender, kind="news")
    version = client.get(address("articles", message)).context["form"]["version"].value()
    article = {"title": "A", "address": "https://a.example", "version": version}
    for _ in range(3):
        assert client.post(address("articles", message), article).status_code == 302
    message.refresh_from_db()
    assert len(message.articles) == 1
    page = client.post(address("articles", message), article | {"title": "B"})
    assert "This draft has changed meanwhile." in said(page) and 'value="B"' in said(page)
    client.post(address("articles", message), article | {"title": "B", "version": message.version})
    message.refresh_from_db()
    for _ in range(2):
        client.post(reverse("messaging:remove-article", args=[message.pk, 0]), {"version": message.version})
    message.refresh_from_db()
    assert [a["title"] for a in message.articles] == ["B"]


def test_an_article_written_into_a_draft_that_is_gone_is_not_lost(client, sender):
    message = Message.objects.create(author=sender, kind="news")
    Message.objects.update(status=Status.SENDING)
    page = client.post(address("articles", message), {"title": "Sports day", "address": "https://a.example"})
    assert "deleted or sent meanwhile" in said(page) and "Sports day" in said(page)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("image", "A file that ends in .jpg, .jpeg, .png. 24 MB at most. A large photograph is reduced."),
        ("video", "A file that ends in .mp4. 10 MB at most."),
        ("file", "20 MB at most."),
    ],
)
def test_what_may_be_chosen_is_said_beside_a_button_that_a_hand_can_press(client, sender, kind, words):
    page = said(client.post("/messaging/new/", {"do": "find", "kind": kind}))
    assert words in page and "A text or CSV file, 1 MB at most." in page
    assert '<label class="button button-plain" for="id_file">' in page
    assert '<label class="button button-plain" for="id_references_file">' in page


def test_the_page_knows_the_limits_the_server_asks(client, sender):
    page = said(client.post("/messaging/new/", {"do": "find", "kind": "video"}))
    video, list_, more = 10 * MEGABYTE, MEGABYTE, 20 * MEGABYTE
    for name, most, most_of_pictures in [
        ("file", video, 24 * MEGABYTE),
        ("files", more, 24 * MEGABYTE),
        ("references_file", list_, list_),
    ]:
        field = re.search(rf'<input type="file" name="{name}"[^>]*>', page)[0]
        limits = [f'data-most="{most}"', f'data-most-of-pictures="{most_of_pictures}"', 'data-together="25165824"']
        assert [limit for limit in limits if limit not in field] == [], name
    assert "At a time they may have 24 MB together. A file that ends in .pdf" in page


def test_a_page_that_shows_its_upload_is_told_where_the_answer_leads(client, sender):
    sent = {"do": "check", "kind": "file", "roles": ["staff"], "file": upload("a.pdf", b"%PDF-1.7")}
    answer = client.post("/messaging/new/", sent, headers={"X-Upload": "yes"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["X-Leads-To"] == address("check", Message.objects.get()) and "Location" not in answer
    wrong = client.post("/messaging/new/", sent | {"file": upload("a.exe", b"MZ12345")}, headers={"X-Upload": "yes"})
    assert wrong.status_code == 200 and "Choose a file that ends in" in said(wrong)
    client.logout()
    assert "X-Leads-To" not in client.post("/messaging/new/", sent, headers={"X-Upload": "yes"})


def test_an_attachment_is_uploaded_when_sending_starts_and_once(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    assert simulator.calls("media/upload") == {}
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    simulator.rule("error", call="message/send", code=-1)
    pump()
    Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    pump()
    message.refresh_from_db()
    assert message.status == Status.FINISHED and simulator.calls("media/upload") == {0: 1}
    assert phone() == ["[file] a.pdf"]


def test_a_file_that_wecom_no_longer_has_is_uploaded_again(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    prepare_all()
    upload_due()
    simulator.control("expire-media")
    for _ in range(2):
        Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
        pump()
    message.refresh_from_db()
    assert message.status == Status.FINISHED and phone() == ["[file] a.pdf"]
    assert simulator.calls("media/upload") == {0: 2}


def test_a_file_that_is_gone_while_in_doubt_ends_unknown(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    simulator.rule("drop", call="message/send")
    pump()
    simulator.control("expire-media")
    Batch.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
    pump()
    assert Batch.objects.get().state == Batch.State.UNKNOWN


def test_an_attachment_wecom_refuses_waits_for_a_person(client, sender, phone, simulator):
    message = draft(client, kind="file", text="", file=upload("a.pdf", b"%PDF-1.7"))
    press_send(client, message)
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    simulator.rule("error", call="media/upload", code=45001)
    pump()
    message.refresh_from_db()
    assert (message.status, message.paused_reason, message.paused_code) == (Status.PAUSED, "attachment", 45001)
    press(client, "resume", message)
    pump()
    message.refresh_from_db()
    assert message.status == Status.FINISHED


def test_a_name_cannot_break_the_header_of_the_upload():
    assert files.clean_name('a"\r\nX-Evil: 1\u202e/../成绩.pdf') == "aX-Evil 1..成绩.pdf"


def test_the_content_is_frozen_with_the_batch(client, sender, phone):
    message = draft(client, kind="textcard", title="Trip", address="https://a.example/1")
    press_send(client, message)
    prepare(message.pk)
    (claimed,) = claim(EnterpriseAccount.objects.the(), 5)
    Message.objects.update(title="Another")
    assert b'"title":"Trip"' in claimed.body


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "Write a message."),
        ({"kind": "file", "text": ""}, "Choose the file to send."),
        ({"kind": "textcard", "title": "T"}, "Write the address the card leads to."),
        ({"kind": "news"}, "Add at least one article."),
    ],
)
def test_a_saved_draft_that_is_not_whole_cannot_be_sent_around_the_form(client, sender, fields, sentence):
    registered()
    whole = draft(client)
    shown = client.get(address("check", whole)).context["shown"]
    message = draft(client, do="save", **fields)
    assert sentence in said(client.get(address("check", message), follow=True))
    Message.objects.filter(pk=whole.pk).update(kind=message.kind, text=message.text, title=message.title)
    client.post(address("send", whole), {"shown": shown})
    whole.refresh_from_db()
    assert whole.status == Status.DRAFT
