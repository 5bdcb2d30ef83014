"""Whoever is given menu options for the first time comes in anew: what opened their sign-in before opens nothing."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.mail.sending import send_due
from portal.people.demo import make_person
from portal.people.models import Person

pytestmark = pytest.mark.django_db
PASSWORD = "chosen-by-a-stranger"


@pytest.fixture
def office():
    profile = actions.create_profile(name="Office", by=None)
    profile.set_options(["people.view"])
    return profile


@pytest.fixture
def teacher():
    """Their address was somebody else's for a moment, who chose a password by it."""
    person = make_person("staff", email="teacher@school.example")
    return make_sign_in(person, username="teacher", password=PASSWORD)


def is_in(client):
    return client.get("/my-details/").status_code == 200


def signed_in():
    client = Client()
    client.post("/sign-in/", {"username": "teacher", "password": PASSWORD})
    return client


def test_a_password_from_before_the_first_profile_opens_nothing_and_a_letter_goes_out(client, office, teacher):
    stranger = signed_in()
    assert is_in(stranger)
    client.force_login(make_administrator())
    page = client.post(reverse("add-holder", args=[office.pk, teacher.pk]), {"shown": 0}, follow=True).content.decode()
    assert "The link goes to teacher@school.example." in page
    assert not is_in(stranger) and not is_in(signed_in())
    send_due()
    assert [letter.to for letter in mail.outbox] == [["teacher@school.example"]]


def test_a_profile_that_gets_its_first_option_does_the_same(office, teacher):
    office.set_options([])
    actions.add_holder(profile=office, user=teacher, by=None)
    assert is_in(signed_in())
    actions.set_options(profile=office, options=["people.view"], seen=0, by=None)
    assert not is_in(signed_in())


def test_who_holds_options_already_keeps_password_and_sessions(office):
    user = make_sign_in(
        make_person("staff", email="a@school.example"), username="teacher", password=PASSWORD, options=["people.view"]
    )
    own = signed_in()
    actions.add_holder(profile=office, user=user, by=None)
    assert is_in(own) and is_in(signed_in())


def test_without_an_address_on_record_the_giver_reads_what_is_missing(client, office, teacher):
    Person.objects.filter(pk=teacher.person.pk).update(email="")
    client.force_login(make_administrator())
    page = client.post(reverse("add-holder", args=[office.pk, teacher.pk]), {"shown": 0}, follow=True).content.decode()
    assert "there is no e-mail on record" in page and not is_in(signed_in())
