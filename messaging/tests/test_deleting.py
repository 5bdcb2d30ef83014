"""Drafts, templates and saved audiences are deleted with Undo: hidden at once, gone after some minutes."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from messaging.audience.actions import save_audience
from messaging.models import Attachment, Message, SavedAudience, Template
from messaging.sweeps import forget_deleted
from portal.audit.models import AuditEvent

from .desk import NEW, address, draft, form, registered, said, upload

pytestmark = pytest.mark.django_db
DRAFTS, TEMPLATES, AUDIENCES = (reverse(f"messaging:{name}") for name in ("drafts", "templates", "audiences"))


@pytest.fixture
def message(client, sender):
    return draft(client, text="About the trip", files=[upload("map.pdf", b"%PDF-1.7 map")])


@pytest.fixture
def template(sender):
    return Template.objects.create(name="Closure", text="We are closed.")


@pytest.fixture
def audience(sender):
    return SavedAudience.objects.create(owner=sender, name="Choir", rule={"include": [{"role": "staff"}]})


def post(client, name, row):
    return said(client.post(reverse(f"messaging:{name}", args=[row.pk]), follow=True))


def later(row, minutes=11):
    type(row)._base_manager.filter(pk=row.pk).update(deleted_at=Now() - timedelta(minutes=minutes))


def acts():
    return list(AuditEvent.objects.order_by("pk").values_list("act", flat=True))


def test_a_deleted_draft_is_nowhere_to_be_found_and_brought_back_by_a_button(client, message):
    page = post(client, "delete", message)
    assert "“About the trip” is deleted. It can be brought back until" in page and "There are no drafts." in page
    for name in ("edit", "check"):
        assert client.get(address(name, message)).status_code == 404
    page = post(client, "undelete", message)
    assert "It is there again." in page and "is deleted." not in page
    assert acts()[-2:] == ["deleted a draft", "brought a draft back"]
    assert "About the trip" in said(client.get(address("edit", message)))
    message.refresh_from_db()
    assert [file.name for file in message.following] == ["map.pdf"]


def test_nobody_sends_or_saves_what_is_deleted(client, message):
    shown = client.get(address("check", message)).context.get("shown", "")
    post(client, "delete", message)
    assert client.post(address("send", message), {"shown": shown}).status_code == 404
    page = said(client.post(address("edit", message), form(do="save", version=message.version)))
    assert "This draft was deleted meanwhile." in page
    assert Message.deleted.get().text == "About the trip"


def test_after_some_minutes_it_is_gone_with_its_files(client, message):
    post(client, "delete", message)
    forget_deleted()
    assert Message.deleted.filter(pk=message.pk).exists()
    later(message)
    assert "is deleted." not in said(client.get(DRAFTS))
    assert "It is too late to bring it back" in post(client, "undelete", message)
    forget_deleted()
    assert not Message._base_manager.filter(pk=message.pk).exists() and not Attachment.objects.exists()
    assert "It is too late to bring it back" in post(client, "undelete", message)


def test_nobody_else_sees_or_brings_back_a_deleted_draft(client, message, author):
    post(client, "delete", message)
    client.force_login(author)
    assert "About the trip" not in said(client.get(DRAFTS))
    post(client, "undelete", message)
    assert Message.deleted.filter(pk=message.pk).exists()


def test_a_page_that_comes_again_after_deleting_makes_a_draft_of_its_own(client, sender):
    written = form(do="save", creation="of-this-page")
    client.post(NEW, written)
    first = Message.objects.get()
    post(client, "delete", first)
    client.post(NEW, written)
    post(client, "undelete", first)
    assert Message.objects.count() == 2


def test_a_sent_message_is_not_deleted(client, message):
    Message.objects.update(status=Message.Status.SENDING)
    assert client.post(address("delete", message)).status_code == 404
    assert Message.objects.filter(pk=message.pk).exists()


def test_a_template_is_brought_back_by_any_of_those_who_share_it(client, template, author):
    assert "“Closure” is deleted." in post(client, "delete-template", template)
    client.force_login(author)
    page = post(client, "undelete-template", template)
    assert "It is there again." in page and "Closure" in page
    assert acts()[-2:] == ["deleted a template", "brought a template back"]


@pytest.mark.parametrize(("closure", "choir"), [("Closure", "Choir"), ("closure", "ＣＨＯＩＲ")])
def test_a_name_is_free_at_once_and_what_had_it_stays_deleted_then(client, template, audience, closure, choir):
    post(client, "delete-template", template)
    written = {"seen": 0, "name": closure, "occasion": "other", "text": "Another"}
    client.post(reverse("messaging:new-template"), written)
    assert "something else has its name by now" in post(client, "undelete-template", template)
    assert Template.objects.get().text == "Another"
    post(client, "delete-audience", audience)
    save_audience(name=choir, rule={"include": []}, by=audience.owner)
    assert "something else has its name by now" in post(client, "undelete-audience", audience)


def test_whom_a_deleted_audience_meant_is_meant_again_when_it_is_back(client, audience):
    written = draft(client, roles=[], audiences=[audience.pk])
    assert "“Choir” is deleted." in post(client, "delete-audience", audience)
    assert "Choir" not in said(client.get(address("edit", written)))
    post(client, "undelete-audience", audience)
    assert "Choir" in said(client.get(address("edit", written)))


def test_a_draft_says_who_deleted_its_audience_and_is_not_sent_until_that_is_taken_out(client, sender, audience):
    registered()
    written = draft(client, audiences=[audience.pk])
    shown = client.get(address("check", written)).context["shown"]
    post(client, "delete-audience", audience)
    page = said(client.get(address("edit", written)))
    assert f"Also: Audience: deleted by {sender}, " in page and "take it out, and choose its people anew" in page
    assert "Bring it back" in page
    page = said(client.get(address("check", written)))
    assert "is for an audience that was deleted" in page and "Send 1 message" not in page
    assert "is for an audience that was deleted" in said(
        client.post(address("send", written), {"shown": shown}, follow=True)
    )
    written.refresh_from_db()
    assert written.is_draft
    client.post(address("edit", written), form(do="forget-deleted", version=written.version))
    written.refresh_from_db()
    assert written.audience == {"include": [{"role": "contacts"}]}
    assert "Send 1 message" in said(client.get(address("check", written)))


def test_once_an_audience_is_gone_a_draft_says_so_still(client, audience):
    written = draft(client, audiences=[audience.pk])
    post(client, "delete-audience", audience)
    later(audience)
    forget_deleted()
    page = said(client.get(address("edit", written)))
    assert "Audience: deleted by" in page and "Bring it back" not in page


def test_where_the_trail_does_not_know_who_deleted_it_that_alone_is_said(client, audience):
    written = draft(client, audiences=[audience.pk])
    SavedAudience.objects.all().delete()
    assert "Also: Audience: deleted<" in said(client.get(address("edit", written)))


def test_an_audience_is_brought_back_by_its_owner_alone(client, audience, author):
    post(client, "delete-audience", audience)
    client.force_login(author)
    assert "Choir" not in said(client.get(AUDIENCES))
    post(client, "undelete-audience", audience)
    assert SavedAudience.deleted.exists()


def test_deleted_templates_and_audiences_are_gone_after_some_minutes(client, template, audience):
    post(client, "delete-template", template)
    post(client, "delete-audience", audience)
    later(template)
    later(audience)
    forget_deleted()
    assert not Template._base_manager.exists() and not SavedAudience._base_manager.exists()
