"""Step 1 names somebody as the school knows them by their children."""

import pytest

from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from wechat_admin.demo import make_account

from .helpers import said, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother(client):
    make_account(qr_picture=b"a picture")
    person = make_person("contact", given_name="Mei", family_name="Wang")
    pupil = make_person("pupil", given_name="Wei", family_name="Li")
    make_group("form", "7A", members=[pupil])
    make_group("house", "Red", members=[pupil])
    relate(person, pupil)
    client.force_login(make_sign_in(person))
    return person


def first_sentence(client, language="en"):
    client.cookies["django_language"] = language
    return said(client.get(step(1)))


def test_a_parent_is_told_as_the_parent_of_their_child_in_its_form(client, mother):
    page = first_sentence(client)
    assert "You are <strong>Mei Wang</strong>, mother of Wei Li (7A)." in page and "(contact)" not in page
    assert "您是 <strong>Mei Wang</strong>，Wei Li（7A）的母亲。" in first_sentence(client, "zh-hans")


def test_children_of_one_kind_stand_together_and_every_kind_is_said(client, mother):
    relate(mother, make_person("pupil", given_name="Na", family_name="Li"))
    relate(mother, make_person("pupil", given_name="Bo", family_name="Sun"), kind="other")
    assert "mother of Wei Li (7A), Na Li, contact of Bo Sun." in first_sentence(client)


def test_of_forms_of_one_name_the_year_is_said_too(client, mother):
    other = make_person("pupil", given_name="Hao", family_name="Li")
    make_group("form", "7A", parent=make_group("year", "Year 8"), members=[other])
    relate(mother, other)
    assert "mother of Wei Li (7A), Hao Li (Year 8 · 7A)." in first_sentence(client)


def test_a_child_whose_data_they_may_not_see_is_not_named(client, mother):
    mother.relationships_as_contact.update(may_see_data=False)
    page = first_sentence(client)
    assert "Wei Li" not in page and "You are <strong>Mei Wang</strong> (contact)." in page


def test_it_costs_the_same_for_one_child_and_many(client, mother, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as one:
        first_sentence(client)
    for _number in range(4):
        pupil = make_person("pupil")
        make_group("form", f"8{_number}", members=[pupil])
        relate(mother, pupil)
    with django_assert_max_num_queries(len(one)):
        first_sentence(client)


def test_the_page_to_stop_asks_and_does_not_speak_as_if_it_were_done(client, mother):
    client.post(step(1), {"agree": "on"})
    page = said(client.get("/WeChatRegistration/Stop"))
    assert "Stop receiving messages?" in page and "If you stop, the school's messages do not reach you" in page
