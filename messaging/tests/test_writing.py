"""Drafts, templates, and what is typed into them."""

import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from messaging.demo import make_message
from messaging.kinds import size_of
from messaging.models import Message, SavedAudience, Template
from messaging.writing.forms import MessageForm
from portal.access.demo import make_sign_in
from portal.people.demo import make_person

from .desk import NEW, address, check, draft, form, said, upload

pytestmark = pytest.mark.django_db
Status = Message.Status


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "Write a message."),
        ({"text": " \n \x00 "}, "Write a message."),
        ({"text": "x" * 2049}, "The message must be 2,048 bytes or less; it has 2,049."),
        ({"text": "雨" * 683}, "The message must be 2,048 bytes or less; it has 2,049."),
        ({"text": "😀" * 513}, "The message must be 2,048 bytes or less; it has 2,052."),
        ({"roles": []}, "Choose who the message is for."),
        ({"roles": ["everybody"]}, "Select a valid choice."),
        ({"groups": ["1:teachers"]}, "Select a valid choice."),
        ({"people": ["x"]}, "is not a valid value"),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(client, sender, fields, sentence):
    response = check(client, **fields)
    assert response.status_code == 200 and sentence in said(response)
    assert fields.get("text", "Hello").strip("\x00 \n")[:100] in said(response)
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["x" * 2048, "雨" * 682, "😀" * 512])
def test_exactly_the_limit_is_taken(client, sender, text):
    assert check(client, text=text).status_code == 302
    assert Message.objects.get().text == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("雨" * 694, "it has 2,082. That is about 12 Chinese characters too long."),
        ("雨" * 683, "it has 2,049. That is about 1 Chinese character too long."),
        ("x" * 2049, "it has 2,049. That is about 1 letter too long."),
        ("x" * 3060, "it has 3,060. That is about 1,012 letters too long."),
    ],
)
def test_by_how_much_it_is_too_long_is_said_in_what_people_count(client, sender, text, sentence):
    assert sentence in said(check(client, text=text))


def test_the_language_of_the_message_is_chosen_and_its_own_field_goes(client, sender):
    page = said(client.get(NEW))
    assert '<option value="en" selected>English</option>' in page
    assert '<div data-language="en" hidden>' in page and '<div data-language="zh-hans" >' in page
    message = draft(client, text="你好", main_language="zh-hans", text_en="Hello")
    assert (message.main_language, message.translations) == ("zh-hans", {"en": "Hello"})
    page = said(client.get(address("edit", message)))
    assert '<option value="zh-hans" selected>' in page and '<div data-language="zh-hans" hidden>' in page
    client.post(address("copy", message))
    assert Message.objects.exclude(pk=message.pk).get().main_language == "zh-hans"


def test_what_is_written_for_the_readers_of_the_main_language_is_not_hidden(client, sender):
    page = said(client.post(NEW, form(do="find", main_language="en", text_en="Hello, too")))
    assert '<div data-language="en" >' in page and "Hello, too" in page


def test_of_a_message_of_before_its_letters_tell_the_language(client, sender):
    message = make_message(sender, text="学校明天停课。", status=Status.DRAFT)
    assert '<option value="zh-hans" selected>' in said(client.get(address("edit", message)))


PREVIEW = "/messaging/preview/"


def test_what_is_written_is_shown_as_it_will_look_while_it_is_written(client, sender):
    assert said(client.post(PREVIEW, {"kind": "text", "text": " "})) == ""
    fields = {"kind": "text", "text": "Dear ((name))", "main_language": "en", "text_zh_hans": "尊敬的((姓名))<b>"}
    page = said(client.post(PREVIEW, fields))
    assert "<figcaption>English</figcaption>" in page and "Dear <mark>((name))</mark>" in page
    assert '<div lang="zh-Hans">' in page and "尊敬的<mark>((姓名))</mark>&lt;b&gt;" in page
    assert not Message.objects.exists()
    page = said(
        client.post(PREVIEW, {"kind": "textcard", "text": "Come", "title": "Fair", "address": "https://a.example"})
    )
    assert "<strong>Fair</strong>" in page and "https://a.example" in page


def test_a_preview_shows_what_follows_the_draft_and_nothing_of_anybody_elses(client, sender, approver):
    message = draft(client, files=[upload("letter.pdf", b"%PDF-1.7")])
    fields = {"kind": "text", "text": "Below", "message": message.pk}
    assert "letter.pdf" in said(client.post(PREVIEW, fields))
    client.force_login(approver)
    assert "letter.pdf" not in said(client.post(PREVIEW, fields))
    assert client.post(PREVIEW, fields | {"message": "x", "kind": "x"}).status_code == 200


@given(st.text(min_size=1))
def test_what_the_form_takes_wecom_does_not_cut(text):
    form = MessageForm({"text": text})
    if form.is_valid():
        assert size_of(form.cleaned_data["text"]) <= 2048
        assert "\x00" not in form.cleaned_data["text"] and "\r" not in form.cleaned_data["text"]


def test_a_draft_is_saved_found_again_and_deleted_by_its_author_only(client, sender):
    client.post(NEW, {"do": "save", "text": "", "roles": ["staff"]})
    draft = Message.objects.get()
    html = said(client.get(f"/messaging/{draft.pk}/edit/"))
    assert 'value="staff" ' in html and "checked" in html
    assert "/edit/" in said(client.get("/messaging/drafts/"))
    other = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"])
    client.force_login(other)
    assert client.post(f"/messaging/{draft.pk}/delete/").status_code == 404
    client.force_login(sender)
    client.post(f"/messaging/{draft.pk}/delete/")
    assert not Message.objects.exists()


def test_people_are_found_by_name_and_stay_ticked(client, sender):
    grace = make_person("contact", given_name="Grace")
    html = said(client.post(NEW, {"do": "find", "q": "grace", "text": "typed"}))
    assert f'value="{grace.pk}"' in html and "typed" in html
    html = said(client.post(NEW, {"do": "find", "q": "nobody-of-this-name", "people": [grace.pk], "text": "typed"}))
    assert f'value="{grace.pk}" checked' in html and "Nobody matches." in html


def test_a_draft_saves_itself_and_is_found_again(client, sender):
    answer = client.post(NEW, form(do="autosave")).json()
    message = Message.objects.get()
    assert answer["address"] == address("edit", message) and "Saved at" in answer["sentence"]
    answer = client.post(answer["address"], form(do="autosave", text="More", version=answer["version"])).json()
    message.refresh_from_db()
    assert (message.text, answer["version"]) == ("More", message.version)


@pytest.mark.parametrize("do", ["autosave", "save"])
def test_a_form_nobody_has_touched_makes_no_draft(client, sender, do):
    page = client.get(NEW)
    untouched = {"do": do, "kind": "text", "creation": page.context["form"]["creation"].value(), "channel": "wechat"}
    answer = client.post(NEW, untouched)
    assert answer.status_code == 200 and not Message.objects.exists()
    if do == "save":
        assert "There is nothing to save yet" in said(answer)
    client.post(NEW, untouched | {"roles": ["staff"]})
    assert Message.objects.count() == 1


def test_a_draft_that_was_emptied_is_saved_as_it_stands(client, sender):
    message = draft(client)
    client.post(address("edit", message), {"do": "autosave", "kind": "text", "version": message.version})
    message.refresh_from_db()
    assert (message.text, message.audience) == ("", {"include": []})


def test_every_kinds_fields_stand_in_the_page_and_those_of_the_chosen_kind_are_shown(client, sender):
    page = said(client.post(NEW, form(do="find", kind="video")))
    assert re.search(r'<div data-kinds="video textcard"> <div class="field">.{,200}Title', page)
    assert re.search(r'<div data-kinds="textcard" hidden> <div class="field">.{,200}Address it leads to', page)
    assert '<span data-kinds="video" data-accept=".mp4" data-most="10485760">A file that ends in .mp4.' in page
    assert '<span data-kinds="image" data-accept=".jpg,.jpeg,.png" data-most="10485760" hidden>' in page


def test_what_was_found_is_said_where_the_focus_goes(client, sender):
    make_person("contact", given_name="Grace")
    found = '<p role="status" tabindex="-1" data-focus> %s </p>'
    assert found % "1 person found." in said(client.post(NEW, {"do": "find", "q": "grace"}))
    assert found % "Nobody matches." in said(client.post(NEW, {"do": "find", "q": "nobody-of-this-name"}))


def test_somebody_to_leave_out_is_found_among_those_left_out(client, sender):
    grace = make_person("contact", given_name="Grace")
    page = said(client.post(NEW, {"do": "find-not", "q_not": "grace", "q": "grace"}))
    ticks = re.findall(rf'name="(\w+)" value="{grace.pk}"', page)
    assert ticks == ["not_people"], "a row has one box"


def test_a_second_person_in_one_draft_is_told_and_loses_nothing(client, sender):
    message = draft(client)
    other = make_sign_in(make_person("staff", given_name="Colleague"), options=["messaging.write", "messaging.report"])
    client.force_login(other)
    client.post(address("edit", message), form(do="save", text="Theirs", version=message.version))
    client.force_login(sender)
    answer = client.post(address("edit", message), form(do="autosave", text="Mine", version=message.version))
    assert answer.status_code == 409 and "Colleague" in answer.json()["sentence"]
    page = client.post(address("edit", message), form(do="save", text="Mine", version=message.version))
    assert "Your text is below; save again to replace theirs." in said(page) and "Mine" in said(page)
    version = page.context["form"]["version"].value()
    client.post(address("edit", message), form(do="save", text="Mine", version=version))
    message.refresh_from_db()
    assert message.text == "Mine"
    assert "Colleague" not in said(client.get(address("edit", message)))


def test_nobody_is_told_of_themselves_by_name(client, sender):
    message = draft(client)
    client.post(address("edit", message), form(do="save", text="In one window", version=message.version))
    page = client.post(address("edit", message), form(do="save", text="In another", version=message.version))
    assert "You saved this draft in another window" in said(page) and "In another" in said(page)


def test_the_same_press_twice_is_one_draft(client, sender):
    token = client.get(NEW).context["form"]["creation"].value()
    for _ in range(3):
        assert client.post(NEW, form(do="save", creation=token)).status_code == 302
    message = Message.objects.get()
    page = client.post(NEW, form(do="save", creation=token, text="Gone back and written on"))
    assert "You saved this draft in another window" not in said(page), "nobody saved it since it was made"
    message.refresh_from_db()
    assert message.text == "Gone back and written on" and Message.objects.count() == 1


def test_a_page_gone_back_to_undoes_nothing_that_was_saved_since(client, sender):
    token = client.get(NEW).context["form"]["creation"].value()
    client.post(NEW, form(do="save", creation=token))
    message = Message.objects.get()
    client.post(address("edit", message), form(do="save", text="Saved since", version=1))
    page = client.post(NEW, form(do="save", creation=token, text="Of the old page"))
    message.refresh_from_db()
    assert message.text == "Saved since" and "Of the old page" in said(page)
    assert page.context["form"]["version"].value() == str(message.version)


def test_a_token_of_somebody_else_makes_a_draft_of_ones_own(client, sender, approver):
    client.post(NEW, form(do="save", creation="token"))
    client.force_login(approver)
    client.post(NEW, form(do="save", creation="token", text="Mine"))
    assert {m.text: m.author for m in Message.objects.all()} == {"Hello": sender, "Mine": approver}


@pytest.mark.parametrize("verb", ["copy", "again"])
def test_a_button_that_makes_a_draft_makes_one_however_often_it_is_pressed(client, sender, verb):
    message = make_message(sender, status=Status.FINISHED)
    token = client.get(address("message", message)).context["creation"]
    for _ in range(2):
        client.post(address(verb, message), {"creation": token})
    assert Message.objects.exclude(pk=message.pk).count() == 1


def test_what_was_typed_into_a_deleted_draft_is_kept_as_a_new_one_by_a_press(client, sender):
    message = draft(client)
    edit = address("edit", message)
    client.post(address("delete", message))
    answer = client.post(edit, form(do="autosave", text="Written on", version=1))
    assert answer.status_code == 409 and "deleted meanwhile" in answer.json()["sentence"]
    page = client.post(edit, form(do="check", text="Written on", version=1))
    assert "Written on" in said(page) and not Message.objects.exists()
    assert f'action="{NEW}"' in said(page)
    values = {name: page.context["form"][name].value() for name in ("version", "creation")}
    client.post(NEW, form(do="save", text="Written on", **values))
    assert Message.objects.get().text == "Written on"


def test_what_was_typed_into_a_message_sent_meanwhile_is_kept(client, sender):
    message = draft(client)
    Message.objects.update(status=Status.SENDING)
    page = client.post(address("edit", message), form(do="save", text="Written on", version=1))
    assert "sent already" in said(page) and "Written on" in said(page)
    message.refresh_from_db()
    assert message.text == "Hello"


def test_another_persons_draft_is_not_written_into_through_its_address(client, sender, approver):
    message = draft(client)
    client.force_login(approver)
    page = client.post(address("edit", message), form(do="save", text="Mine"))
    message.refresh_from_db()
    assert message.text == "Hello" and message.text not in said(page) and Message.objects.count() == 1


def test_a_colleagues_save_keeps_the_audience_that_they_cannot_see(client, sender):
    kept = SavedAudience.objects.create(owner=sender, name="Choir", rule={"include": [{"role": "staff"}]})
    message = draft(client, roles=[], audiences=[kept.pk])
    other = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"])
    client.force_login(other)
    page = client.get(address("edit", message))
    assert "Audience Choir" in said(page)
    client.post(address("edit", message), form(do="save", text="Theirs", roles=[], version=message.version))
    message.refresh_from_db()
    assert (message.text, message.audience) == ("Theirs", {"include": [{"audience": kept.pk}]})
    client.force_login(sender)
    client.post(address("edit", message), form(do="save", roles=["staff"], version=message.version))
    message.refresh_from_db()
    assert message.audience == {"include": [{"role": "staff"}]}, "its owner can take it out"


def test_a_file_and_its_draft_are_saved_together_or_not_at_all(client, sender, monkeypatch):
    message = draft(client, kind="file", file=upload("old.pdf", b"%PDF-1.7 old"))

    def fail(**values):
        raise RuntimeError

    monkeypatch.setattr("messaging.writing.actions.attach", fail)
    fields = form(do="save", text="New", kind="file", file=upload("new.pdf", b"%PDF-1.7 new"), version=message.version)
    with pytest.raises(RuntimeError):
        client.post(address("edit", message), fields)
    message = Message.objects.get()
    assert (message.text, message.file.name) == ("Hello", "old.pdf")


def test_a_copy_has_the_content_and_nothing_of_the_sending(client, sender):
    message = make_message(sender, text="Hello", translations={"zh-hans": "你好"}, urgent=True)
    client.post(address("copy", message))
    made = Message.objects.exclude(pk=message.pk).get()
    assert (made.status, made.text, made.translations, made.urgent, made.sent_at) == (
        Status.DRAFT,
        "Hello",
        {"zh-hans": "你好"},
        False,
        None,
    )


def test_templates_are_kept_used_changed_and_deleted(client, sender):
    response = client.post(NEW, form(do="template", text="Dear ((name))", text_zh_hans="尊敬的((姓名))"))
    page = client.get(response.url)
    assert "Dear ((name))" in said(page) and "尊敬的" in said(page)
    fields = {"name": "Greeting", "occasion": "other", "text": "Dear ((name))", "text_zh_hans": "尊敬的((姓名))"}
    client.post(reverse("messaging:new-template"), fields)
    template = Template.objects.get()
    assert template.translations == {"zh-hans": "尊敬的((姓名))"}
    assert "There is a template of this name already." in said(
        client.post(reverse("messaging:new-template"), fields | {"name": "ｇreeting\u200b"})
    )
    html = said(client.post(reverse("messaging:edit-template", args=[template.pk]), fields | {"text": "((nmae))"}))
    assert "There is no field ((nmae))." in html and "((nmae))" in html
    assert "Dear ((name))" in said(client.get(f"{NEW}?template={template.pk}"))
    client.post(reverse("messaging:delete-template", args=[template.pk]))
    assert not Template.objects.exists()


def test_room_is_left_for_what_is_filled_in(client, sender):
    assert "must be 1,928 bytes or less; it has 1,929." in said(draft(client, text="((name))" + "x" * 1921))
    assert isinstance(draft(client, text="((date))" + "x" * 2040), Message)


@pytest.mark.parametrize("strange", ["²", "9" * 30, "x"])
def test_strange_numbers_in_a_form_are_nobody(client, sender, strange):
    response = client.post(NEW, form(do="find", people=[strange], not_people=[strange]))
    assert response.status_code == 200
    assert client.post(reverse("messaging:reach"), {"roles": ["staff"], "message": strange}).status_code == 200
