"""Files that follow the words: added, put in order, removed, checked, and seen in the report."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging import judgement, keeping, tasks
from messaging.demo import make_message
from messaging.models import Batch, Message, Straggler
from messaging.sending import actions as sending
from messaging.writing import actions

from .desk import NEW, address, draft, form, png, press_send, registered, said, send_now, upload

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a letter"


def names(message):
    message = Message.objects.get(pk=message.pk)
    return [file.name for file in message.following]


def edit(client, message, do, **fields):
    message.refresh_from_db()
    return client.post(address("edit", message), form(do=do, version=message.version, **fields))


def with_files(client, *files):
    return draft(client, do="add", files=[upload(name, PDF) for name in files])


def test_files_are_added_put_in_order_and_removed_without_script(client, sender):
    message = with_files(client, "a.pdf", "b.pdf")
    assert names(message) == ["a.pdf", "b.pdf"] and Message.objects.get().part_count == 3
    edit(client, message, "add", files=[upload("c.pdf", PDF)])
    page = said(client.get(address("edit", message)))
    assert page.index("a.pdf") < page.index("b.pdf") < page.index("c.pdf")
    last = message.attachments.get(name="c.pdf")
    edit(client, message, f"up-{last.pk}", text="Typed meanwhile")
    assert names(message) == ["a.pdf", "c.pdf", "b.pdf"]
    response = edit(client, message, f"remove-{message.attachments.get(name='a.pdf').pk}")
    assert response.url.endswith("#files")
    assert names(message) == ["c.pdf", "b.pdf"] and Message.objects.get().part_count == 3
    edit(client, message, f"remove-{last.pk}")
    edit(client, message, f"remove-{last.pk}")
    assert Message.objects.get().part_count == 2


def test_a_stranger_changes_no_files(client, sender, author):
    message = make_message(author, status="draft", files=["a.pdf"])
    response = client.post(address("edit", message), form(do=f"remove-{message.attachments.get().pk}", version=1))
    assert response.status_code == 200 and names(message) == ["a.pdf"]


def test_the_same_press_twice_adds_a_file_once(client, sender):
    message = with_files(client, "a.pdf")
    for _ in range(2):
        client.post(address("edit", message), form(do="add", version=1, files=[upload("b.pdf", PDF)]))
    assert names(message) == ["a.pdf", "b.pdf"]


def test_no_more_than_five_follow(client, sender):
    message = with_files(client, *(f"{n}.pdf" for n in range(5)))
    assert "Add these files" not in said(client.get(address("edit", message)))
    response = edit(client, message, "add", files=[upload("6.pdf", PDF)])
    assert "followed by 5 files at most" in said(response) and len(names(message)) == 5


def test_each_is_looked_at_by_what_it_is(client, sender):
    response = client.post(NEW, form(do="add", files=[upload("run.exe", PDF), upload("photo.png", b"no picture")]))
    assert "run.exe: Choose a file that ends in" in said(response)
    assert "photo.png: This file is not a PNG or JPEG picture" in said(response)
    message = draft(client, do="add", files=[upload("photo.png", png())])
    assert message.later_part(2).kind == "image"


def test_another_kind_that_nothing_follows_goes_alone_and_the_files_are_not_lost(client, sender):
    message = with_files(client, "a.pdf")
    edit(client, message, "save", kind="textcard", title="T", address="https://example.org")
    message.refresh_from_db()
    assert message.part_count == 1 and message.attachments.count() == 1
    edit(client, message, "save", kind="text")
    assert Message.objects.get().part_count == 2


def test_the_check_page_shows_them_and_counts_calls_by_parts(client, sender):
    registered(3)
    message = with_files(client, "a.pdf", "b.pdf")
    page = client.get(address("check", message))
    assert page.context["calls"] == 3 and page.context["reachable"] == 3
    assert "a.pdf" in said(page) and "Send 3 messages" in said(page)
    edit(client, message, "save", text="Dear ((name))")
    assert client.get(address("check", message)).context["calls"] == 5


def test_a_changed_file_voids_what_was_released(client, sender):
    message = with_files(client, "a.pdf", "b.pdf")
    before = judgement.content_of(Message.objects.get(), {})
    edit(client, message, f"up-{message.attachments.get(name='b.pdf').pk}")
    ordered = judgement.content_of(Message.objects.get(), {})
    edit(client, message, f"remove-{message.attachments.get(name='b.pdf').pk}")
    assert len({before, ordered, judgement.content_of(Message.objects.get(), {})}) == 3


def test_what_was_changed_after_it_was_shown_is_not_sent(client, sender):
    registered()
    message = with_files(client, "a.pdf")
    shown = client.get(address("check", message)).context["shown"]
    edit(client, message, "add", files=[upload("b.pdf", PDF)])
    page = client.post(address("send", message), {"shown": shown}, follow=True)
    assert "was changed after you looked at it" in said(page)


def test_a_copy_has_the_files_and_a_correction_has_not(client, sender, author):
    message = make_message(author, files=["a.pdf", "b.pdf"])
    copied = actions.copy(message=message, by=author)
    assert names(copied) == ["a.pdf", "b.pdf"] and Message.objects.get(pk=copied.pk).part_count == 3
    corrected = actions.copy(message=message, by=author, content={"text": "Correction"})
    assert names(corrected) == [] and Message.objects.get(pk=corrected.pk).part_count == 1


def test_words_and_a_file_lie_on_the_phone_and_the_report_has_both(client, sender, phone):
    message = with_files(client, "Elternbrief.pdf")
    send_now(client, message)
    assert phone() == ["Hello", "[file] Elternbrief.pdf"]
    page = said(client.get(address("message", message)))
    assert "finished" in page and "Elternbrief.pdf" in page
    person = message.deliveries.get().person
    one = said(client.get(f"/messaging/{message.pk}/people/{person.pk}/"))
    assert f"/messaging/{message.pk}/file/1/" in one
    file = client.get(f"/messaging/{message.pk}/file/1/")
    assert file.content == PDF and "attachment" in file["Content-Disposition"]
    assert client.get(f"/messaging/{message.pk}/file/2/").status_code == 404


@pytest.fixture
def in_part(sender):
    """Two have the words and not the files, one has neither."""
    registered(3)
    message = make_message(
        sender, files=["a.pdf", "b.pdf"], rule={"include": [{"role": "contacts"}]}, text="Dear ((name))"
    )
    tasks.prepare_all()
    words = list(Batch.objects.filter(part_number=1).order_by("number"))
    Batch.objects.filter(pk__in=[batch.pk for batch in words[:2]]).update(
        state="accepted", first_attempt_at=Now(), msgid="m"
    )
    Batch.objects.exclude(state="accepted").update(state="cancelled")
    Message.objects.update(status="cancelled", cancel_requested_at=Now(), recipients=3)
    message.refresh_from_db()
    return message


def test_who_has_the_words_alone_is_named_and_sent_what_is_missing(client, sender, in_part):
    page = client.get(address("message", in_part))
    assert "2 people have it without every file." in said(page) and "Send “a.pdf” to these 2" in said(page)
    names_of = client.get(address("message", in_part), {"show": "partly"}).context["page"].rows
    assert {str(delivery.state) for delivery in names_of} == {"partly"} and len(names_of) == 2
    token = {"creation": page.context["creation"]}
    for _ in range(2):
        again = client.post(f"/messaging/{in_part.pk}/missing/2/", token, follow=True)
    assert again.context["reachable"] == again.context["chosen"] == 2
    made = Message.objects.latest("pk")
    assert (made.kind, made.file.name, names(made), Message.objects.count()) == ("file", "a.pdf", ["b.pdf"], 2)
    client.post(f"/messaging/{in_part.pk}/missing/3/", token)
    assert Message.objects.count() == 2, "nobody has the first file and not the second"


def test_what_was_sent_of_it_since_is_said_and_where(client, sender, in_part):
    client.post(f"/messaging/{in_part.pk}/missing/2/")
    made = Message.objects.latest("pk")
    assert "was sent in message" not in said(client.get(address("message", in_part)))
    press_send(client, made)
    page = said(client.get(address("message", in_part)))
    assert f"“a.pdf” was sent in message {made.pk}" in page and address("message", made) in page


def test_while_files_are_still_to_come_the_report_says_for_how_many(client, sender, in_part):
    Message.objects.update(status="sending", cancel_requested_at=None)
    page = said(client.get(address("progress", in_part)))
    assert "2 people have it already, and a file is still to come." in page
    Message.objects.update(status="cancelled")
    assert "still to come" not in said(client.get(address("message", in_part)))


def test_why_somebody_has_the_words_alone_names_the_files(client, sender, in_part):
    person = in_part.deliveries.in_states_of(in_part, ["partly"]).first().person
    page = said(client.get(f"/messaging/{in_part.pk}/people/{person.pk}/"))
    assert "Not accepted: a.pdf, b.pdf." in page


def test_recall_asks_for_every_part_and_counts_people_once(client, sender, in_part):
    Batch.objects.filter(part_number__gt=1).update(state="accepted", first_attempt_at=Now(), msgid="f", problems=1)
    page = said(client.get(address("recall", in_part)))
    assert "2 people" in page and "The files that followed are recalled with it." in page
    client.post(address("recall", in_part))
    assert Batch.objects.filter(recall_at__isnull=False).count() == 4


def test_stop_says_first_how_many_have_the_words_alone(client, sender, in_part):
    Message.objects.update(status="sending", cancel_requested_at=None)
    assert "2 people have the message and not yet every file." in said(client.get(address("stop", in_part)))
    sending.stop(message=in_part, by=sender)


def test_nobody_is_merged_or_erased_while_a_file_is_still_to_come(sender, in_part):
    delivery = in_part.deliveries.in_states_of(in_part, ["partly"]).first()
    assert not in_part.deliveries.on_their_way().exists()
    Message.objects.update(status="sending")
    assert delivery in in_part.deliveries.on_their_way()


def test_numbers_stay_when_files_and_names_are_forgotten(client, sender, in_part):
    Straggler.objects.create(delivery=in_part.deliveries.first(), span=in_part.spans.get())
    Message.objects.update(finished_at=Now() - timedelta(days=4000), final_counts=in_part.count())
    keeping.forget_texts(timedelta(days=500))
    in_part.refresh_from_db()
    page = said(client.get(address("message", in_part)))
    assert "2 people have it without every file." in page and "Send “" not in page
    client.post(f"/messaging/{in_part.pk}/missing/2/")
    person = in_part.deliveries.first().person
    assert client.get(f"/messaging/{in_part.pk}/people/{person.pk}/").status_code == 200
    keeping.forget_people(timedelta(days=3000))
    assert not Straggler.objects.exists() and Message.objects.get().counts == {"partly": 2, "cancelled": 1}


def test_report_and_directory_ask_no_more_for_thirty_people_than_for_three(
    client, sender, in_part, django_assert_max_num_queries
):
    for show in ("", "partly", "accepted"):
        with django_assert_max_num_queries(70):
            client.get(address("message", in_part), {"show": show})
