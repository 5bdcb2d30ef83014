"""No text leaves that WeCom would cut: what is filled in is measured before sending, and again when it is frozen."""

import json

import pytest
from django.db.models.functions import Now

from messaging.audience.people import people_of
from messaging.demo import make_message
from messaging.kinds import size_of
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
from messaging.tasks import pump
from messaging.writing.lengths import too_long_for
from messaging.writing.texts import texts_of
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration

from .desk import address, draft, press_send, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


@pytest.fixture
def many_children():
    """A mother of twenty-four in Year 8, and one of one."""
    year, mothers = make_group("year", "Year 8"), []
    for number in (24, 1):
        mother = make_person("contact", given_name=f"Mother{number}")
        for n in range(number):
            child = make_person("pupil", given_name=f"Wilhelmina{n:02}")
            make_group("form", "8A", parent=year, members=[child])
            relate(mother, child)
        make_registration(mother)
        mothers.append(mother)
    return year, *mothers


def text(letters=1900):
    return "((children)): " + "x" * letters


def test_the_sender_is_told_for_whom_the_text_gets_too_long(client, sender, many_children):
    year, _many, _one = many_children
    message = draft(client, text=text(), roles=[], groups=[f"{year.pk}:contacts"])
    page = client.get(address("check", message))
    assert "gets too long for 1 person" in said(page) and "Mother24" in said(page)
    assert "Mother1 " not in said(page).split("gets too long for")[1][:200]
    press_send(client, message)
    assert message.status == Status.DRAFT
    fits = draft(client, text=text(1500), roles=[], groups=[f"{year.pk}:contacts"])
    assert "gets too long" not in said(client.get(address("check", fits)))
    press_send(client, fits)
    assert fits.status == Status.PREPARING


def test_a_long_name_is_found_too(client, sender):
    registered(given_name="Wilhelmina " * 7, family_name="of the Long Family Name " * 3)
    registered(given_name="Bo")
    message = draft(client, text="((name))" + "x" * 1920)
    assert "gets too long for 1 person" in said(client.get(address("check", message)))


def test_a_shared_text_is_measured_with_its_fields_filled_in(client, sender):
    registered(3)
    message = draft(client, text="((date))" + "x" * 2040)
    assert "gets too long for 3 people" in said(client.get(address("check", message)))


def test_what_became_too_long_by_the_time_of_freezing_is_not_sent_and_the_rest_is(
    client, sender, phone, many_children, simulator
):
    _year, many, _one = many_children
    message = draft(client, text=text(1500), roles=["contacts"])
    press_send(client, message)
    Message.objects.update(text=text(), start_at=Now())
    prepare(message.pk)
    assert list(message.deliveries.filter(problem="too_long").values_list("person", flat=True)) == [many.pk]
    pump()
    contents = [json.loads(bytes(body))["text"]["content"] for body in Batch.objects.values_list("body", flat=True)]
    assert len(contents) == 2 and all(size_of(content) <= 2048 for content in contents)
    page = said(client.get(address("message", message)))
    assert "the text gets too long for them" in page


def test_a_shared_text_too_long_when_frozen_reaches_nobody(author):
    registered(2)
    message = make_message(author, text="x" * 2049)
    prepare(message.pk)
    assert set(message.deliveries.values_list("problem", flat=True)) == {"too_long"} and not message.batches.exists()


def test_only_suspects_are_filled_in_and_found_by_one_query(sender, django_assert_num_queries):
    registered(20)
    message = make_message(sender, text="((name)) ((children)) ((form))" + "x" * 1600)
    people = people_of(message.rule, message.account)
    with django_assert_num_queries(1):
        assert too_long_for(message, people) == []


@pytest.mark.parametrize("given", ["Bo", "雨" * 60, "😀" * 60, "é" * 80])
def test_the_bound_is_never_below_what_is_filled_in(sender, given):
    child = make_person("pupil", given_name=given, chinese_name="雨" * 30)
    make_group("form", "七年级" * 10, members=[child])
    contact = make_person("contact", given_name=given, family_name=given, chinese_name="雨" * 30, language="zh-hans")
    relate(contact, child)
    make_registration(contact)
    message = make_message(sender, text="((name))((children))((form))((date))((school))")
    (filled,) = texts_of(message, [contact], None)
    filler = 2049 - size_of(filled)
    message.text += "x" * filler
    assert [p.pk for p in too_long_for(message, people_of(message.rule, message.account))] == [contact.pk]
    message.text = message.text[:-1]
    assert too_long_for(message, people_of(message.rule, message.account)) == []
