"""Messages that begin from what a school writes about again and again."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from messaging import fill_in
from messaging.models import Message, Occasion, Template
from messaging.writing.occasions import STARTERS, add_starters

from .desk import NEW, address, draft, form, registered, said

pytestmark = pytest.mark.django_db
TEMPLATES = reverse("messaging:templates")


def add(client):
    return client.post(reverse("messaging:starters"), follow=True)


def test_a_school_without_templates_is_offered_some_and_gets_them_by_a_button(client, sender):
    page = said(client.get(TEMPLATES))
    assert "There are no templates yet." in page and f"Add these {len(STARTERS)} templates" in page
    assert "See some to begin with" in said(client.get(NEW))
    assert not Template.objects.exists(), "nothing is made unasked"
    page = said(add(client))
    assert "School closed" in page and "Add these" not in page and str(sender) in page
    assert {template.owner for template in Template.objects.all()} == {sender}


def test_they_are_in_every_language_and_their_fields_are_right(sender):
    add_starters(by=sender)
    others = set(settings.LANGUAGE_NAMES) - {settings.LANGUAGE_CODE}
    for template in Template.objects.all():
        texts = {template.text, *template.translations.values()}
        assert set(template.translations) == others and len(texts) == len(settings.LANGUAGE_NAMES)
        assert [fill_in.mistakes(text) for text in texts] == [[]] * len(texts)


def test_pressed_twice_or_by_two_they_are_there_once(client, sender):
    add(client)
    Template.objects.filter(name="School trip").update(text="Ours")
    add(client)
    assert Template.objects.count() == len(STARTERS)
    assert Template.objects.get(name="School trip").text == "Ours"


def test_one_is_not_added_beside_a_template_of_the_same_name_in_another_spelling(client, sender):
    Template.objects.create(name="school  CLOSED", text="Ours")
    add(client)
    assert Template.objects.count() == len(STARTERS)


def test_they_are_edited_and_deleted_like_any_other(client, sender):
    add(client)
    template = Template.objects.get(name="School closed")
    edit = reverse("messaging:edit-template", args=[template.pk])
    written = {"seen": client.get(edit).context["form"]["seen"].value(), "name": "Typhoon", "text": "Stay at home."}
    client.post(edit, written | {"occasion": "health"})
    template.refresh_from_db()
    assert (template.name, template.occasion, template.owner) == ("Typhoon", Occasion.HEALTH, sender)
    client.post(reverse("messaging:delete-template", args=[template.pk]))
    assert "Typhoon" not in said(client.get(NEW))


def test_a_new_message_offers_them_by_occasion_those_used_last_first(client, sender):
    for number, (name, occasion) in enumerate([("A trip", "trip"), ("B trip", "trip"), ("Closed", "closure")]):
        used = timezone.now() if number == 1 else None
        Template.objects.create(name=name, occasion=occasion, text="x", used_at=used)
    found = client.get(NEW).context["begin_from"]
    assert [(str(label), [t.name for t in templates]) for label, templates in found] == [
        ("Closure", ["Closed"]),
        ("Trip", ["B trip", "A trip"]),
    ]


def test_a_message_begun_from_one_has_its_texts_and_is_noted_when_it_is_saved(client, sender):
    add(client)
    template = Template.objects.get(name="School closed")
    page = client.get(NEW, {"template": template.pk})
    template.refresh_from_db()
    assert template.used_at is None, "looking is not using"
    initial = page.context["form"].initial
    assert initial["text"] == template.text and "text_zh_hans" in initial
    client.post(NEW, form(do="save", text=template.text, template=template.pk))
    template.refresh_from_db()
    assert template.used_at is not None
    assert "Last used" in said(client.get(TEMPLATES))


def test_a_draft_that_is_saved_again_begins_from_nothing(client, sender):
    template = Template.objects.create(name="A", text="x")
    message = draft(client)
    client.post(address("edit", message), form(do="save", template=template.pk))
    template.refresh_from_db()
    assert template.used_at is None and "Begin from a template" not in said(client.get(address("edit", message)))


@pytest.mark.parametrize("blank", ["[day]", "［日期］"])
def test_blanks_that_are_still_there_are_said_before_sending(client, sender, blank):
    registered()
    message = draft(client, text=f"Closed on {blank}, see {blank}.")
    assert f"Still to be filled in: {blank}<" in said(client.get(address("check", message)))
    Message.objects.update(text="Closed on Monday.")
    assert "Still to be filled in" not in said(client.get(address("check", message)))
