"""The number or e-mail address somebody gives, and what bad input is told."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions

from .helpers import Status, registration_of, said, step

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write the mobile number bound to your WeChat."),
        ("12345", "This is not a mobile number. Write it with its country code"),
        ("+86 21 1234 5678", "WeChat can only be bound to a mobile number"),
        ("+86 138 0013 8000 ext. 5", "WeChat can only be bound to a mobile number"),
    ],
)
def test_a_bad_number_is_named_and_kept(client, contact, typed, sentence):
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2), {"mobile": typed}))
    assert sentence in html
    assert not typed or f'value="{typed}"' in html
    assert registration_of(contact).status == Status.STARTED


@pytest.mark.parametrize("typed", ["13105550123", "1310-555-0123", "0131 0555 0123"])
def test_a_number_that_could_be_another_countrys_is_shown_whole_before_it_is_used(client, contact, typed):
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2), {"mobile": typed}))
    assert f"You wrote “{typed}”. Is it +86 131 0555 0123?" in html and 'value="+86 131 0555 0123"' in html
    assert registration_of(contact).status == Status.STARTED
    assert client.post(step(2), {"mobile": "+86 131 0555 0123"}).url == step(3)
    assert registration_of(contact).mobile == "+8613105550123"


@pytest.mark.parametrize("typed", ["1 (310) 555-0123", "13OO 0000 2304", "13000002506/13000002507"])
def test_what_is_not_one_number_is_refused_and_kept(client, contact, typed):
    make_registration(contact, Status.STARTED)
    assert f'value="{typed}"' in said(client.post(step(2), {"mobile": typed}))
    assert registration_of(contact).status == Status.STARTED


def test_no_number_on_record_means_being_asked_for_one(client, account):
    person = make_person("pupil", mobile="")
    client.force_login(make_sign_in(person))
    client.post(step(1), {"agree": "on"})
    html = said(client.get(step(2)))
    assert 'name="mobile"' in html and "+86 138 0000 0000" in html


def test_a_number_used_by_another_is_refused_and_an_administrator_sees_the_case(client, contact):
    make_registration(make_person("contact"), mobile="+8613800138000")
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2), {"mobile": "+86 138 0013 8000"}))
    assert "This number already belongs to someone in the school&#x27;s WeChat. Give another one of your own" in html
    registration = registration_of(contact)
    assert (registration.status, registration.problem) == (Status.STARTED, Problem.NUMBER_TAKEN)
    client.force_login(make_administrator())
    assert contact.name in said(client.get(reverse("registration:registrations")))


def test_a_second_tab_with_another_number_changes_the_number(client, contact):
    make_registration(contact, Status.CONFIRMED)
    client.post(step(2), {"mobile": "+8613800138001"})
    assert registration_of(contact).mobile == "+8613800138001"


@pytest.mark.parametrize(("created_by_us", "kept"), [(True, "office7"), (False, "")])
def test_another_number_lets_go_of_a_member_found_by_the_first_and_of_none_made_for_them(
    client, contact, created_by_us, kept
):
    make_registration(contact, Status.IN_WECOM, userid="office7", created_by_us=created_by_us)
    client.post(step(2), {"mobile": "+8613800138001"})
    registration = registration_of(contact)
    assert registration.userid == kept and bool(registration.known_by) == bool(kept)


def test_once_registered_the_number_stays(client, contact):
    registration = make_registration(contact)
    assert client.post(step(2), {"mobile": "+8613800138001"}).url == step(4)
    with pytest.raises(actions.RegistrationRefused, match="WeChat keeps the number you used first"):
        actions.confirm(registration=registration, mobile="+8613800138001", by=contact.user)


def test_whoever_shares_a_number_gives_an_email_address_instead(client, account, doorbells, committed):
    person = make_person("contact", mobile="+8613800138000", email="wei@family.example")
    client.force_login(make_sign_in(person))
    make_registration(person, Status.STARTED)
    assert 'href="?by=email"' in said(client.get(step(2)))
    assert 'value="wei@family.example"' in said(client.get(step(2) + "?by=email"))
    with committed():
        assert client.post(step(2) + "?by=email", {"email": "wei@family.example"}).url == step(3)
    registration = registration_of(person)
    assert (registration.status, registration.mobile, registration.email) == (
        Status.CONFIRMED,
        "",
        "wei@family.example",
    )
    Registration.objects.update(status=Status.IN_WECOM)
    html = said(client.get(step(3)))
    assert "w•••@family.example" in html and "WeChat may ask for it, or may not find you by it." in html
    assert client.post(step(2) + "?by=mobile", {"mobile": "13800138000"}).url == step(3)
    registration = registration_of(person)
    assert (registration.mobile, registration.email) == ("+8613800138000", "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write your own e-mail address."),
        ("wei", "valid email address"),
        ("a@b.c", "at least 6 characters"),
        ("w" * 60 + "@family.example", "at most 64 characters"),
    ],
)
def test_a_bad_email_address_is_named_and_kept(client, contact, typed, sentence):
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2) + "?by=email", {"email": typed}))
    assert sentence in html and (not typed or f'value="{typed}"' in html)
    assert registration_of(contact).status == Status.STARTED


def test_an_email_address_used_by_another_is_refused_in_any_case(client, contact):
    make_registration(make_person("contact"), mobile="", email="Wei@Family.example")
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2) + "?by=email", {"email": "wei@family.example"}))
    assert "This e-mail address already belongs to someone" in html and 'value="wei@family.example"' in html
    assert registration_of(contact).problem == Problem.EMAIL_TAKEN
