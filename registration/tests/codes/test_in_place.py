"""A code of one person: a letter for one, and a code in place of a password."""

import re

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from portal.people.models import User
from registration.demo import make_registration

from ..steps.helpers import said, step
from .conftest import another_phone

PASSWORD = "a-long-password"


@pytest.fixture
def office(client, account):
    client.force_login(make_administrator())
    return client


def shown_on(client, person):
    found = re.search(r'name="shown" value="([^"]+)"', said(client.get(reverse("account", args=[person.pk]))))
    return found[1] if found else ""


def press(client, name, person, shown):
    return client.post(reverse(f"registration:{name}", args=[person.pk]), {"shown": shown}, follow=True)


def code_in(response):
    return re.search(r"<code>([2-9A-Z]{5}-[2-9A-Z]{5})</code>", said(response))[1]


def test_a_forgotten_password_is_replaced_by_a_code_and_chosen_anew(office):
    person = make_person("contact", email="")
    user = make_sign_in(person, password=PASSWORD)
    make_registration(person)
    letter = press(office, "code-in-place", person, shown_on(office, person))
    assert "your old password has ended" in said(letter) and not User.objects.get(pk=user.pk).has_usable_password()
    phone = another_phone(code_in(letter))
    assert phone.get(step(1)).url == step(4)
    address = phone.post("/WeChatRegistration/ChoosePassword").url
    answer = phone.post(address, {"new_password1": "another-long-one", "new_password2": "another-long-one"})
    assert answer.url == "/sign-in/" and phone.get(step(4)).url.startswith("/sign-in/")
    assert phone.post("/sign-in/", {"username": person.reference, "password": "another-long-one"}).status_code == 302


def test_pressed_twice_the_code_in_the_printer_lives(office):
    person = make_person("contact", email="")
    make_sign_in(person, password=PASSWORD)
    shown = shown_on(office, person)
    letter = press(office, "code-in-place", person, shown)
    assert "No letter was made" in said(press(office, "code-in-place", person, shown))
    assert another_phone(code_in(letter)).get(step(1)).status_code == 200


def test_a_letter_for_one_once(office):
    person = make_person("contact", email="")
    shown = shown_on(office, person)
    letter = press(office, "print-letter", person, shown)
    assert "No letter was made" in said(press(office, "print-letter", person, shown))
    assert another_phone(code_in(letter)).get(step(1)).status_code == 200


def test_a_holder_of_options_is_offered_no_code_and_gets_none(office):
    person = make_person("staff")
    make_sign_in(person, options=["people.view"], password=PASSWORD)
    assert shown_on(office, person) == ""
    page = press(office, "code-in-place", person, "forged")
    assert "No letter was made" in said(page) and User.objects.get(person=person).has_usable_password()


def test_replacing_a_password_needs_the_option_to_reset_sign_ins(client, account):
    person = make_person("contact")
    make_sign_in(person, password=PASSWORD)
    client.force_login(make_administrator())
    shown = shown_on(client, person)
    client.force_login(make_sign_in(make_person("staff"), options=["access.view_accounts", "registration.print_codes"]))
    assert press(client, "code-in-place", person, shown).status_code == 403
    assert User.objects.get(person=person).has_usable_password()
