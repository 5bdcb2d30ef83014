"""The invitation by e-mail carries the way in, and the page says before it leaves who has none."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.mail.models import Letter
from portal.mail.sending import send_due
from portal.people.demo import make_person
from registration.demo import make_code, make_registration
from registration.models import PersonalCode

from ..desk.helpers import no_seconds_to_undo
from ..steps.helpers import said, step
from .conftest import another_phone

PAGE = "/application-setup/invitations/"


@pytest.fixture
def office(client, account):
    no_seconds_to_undo()
    client.force_login(make_administrator())
    return client


def invite(client, **audience):
    page = client.post(PAGE, audience)
    client.post(reverse("registration:send-invitations"), {"shown": page.context["shown"]})
    send_due()
    return {letter.to[0]: letter.body for letter in mail.outbox}


def code_in(body):
    return re.search(r"/WeChatRegistration/Code#(\w+)", body)[1]


def test_a_press_in_the_letter_leads_to_step_1_and_no_copy_of_the_code_stays(office):
    make_person("contact", given_name="Wei", email="wei@family.example")
    body = invite(office, roles=["contacts"])["wei@family.example"]
    code = code_in(body)
    assert f"{code[:5]}-{code[5:]}" in body
    assert "Wei" in said(another_phone(code).get(step(1)))
    assert code not in str(Letter.objects.values()) + str(PersonalCode.objects.values())


def test_whoever_has_a_password_or_an_option_or_no_number_gets_the_plain_address(office):
    make_sign_in(make_person("contact", email="a@family.example"), password="a-long-password")
    make_sign_in(make_person("contact", email="b@family.example"), options=["people.view"])
    make_person("contact", email="c@family.example", mobile="")
    bodies = invite(office, roles=["contacts"])
    assert len(bodies) == 3 and not any("Code#" in body for body in bodies.values())
    assert all("/WeChatRegistration/Step1" in body for body in bodies.values())


def test_a_letter_to_staff_names_their_site(office, two_hosts, settings):
    make_person("staff", email="tom@school.example")
    make_person("contact", email="ann@family.example")
    office.defaults["HTTP_HOST"] = "staff.example"
    office.force_login(make_administrator("second"))
    bodies = invite(office, roles=["staff", "contacts"])
    assert "http://staff.example/WeChatRegistration/Code#" in bodies["tom@school.example"]
    assert "http://families.example/WeChatRegistration/Code#" in bodies["ann@family.example"]


def test_the_page_says_who_cannot_register_yet_and_what_to_do(office):
    make_person("contact", email="")  # no way in
    make_code(make_person("contact", email=""))  # has a letter
    make_sign_in(make_person("contact", email=""), password="a-long-password")
    make_person("contact", email="d@family.example", mobile="")
    for email in ("e@family.example", "f@family.example"):
        make_person("contact", email=email, mobile="+8613900139000")
    make_registration(make_person("contact", email="", mobile="+8613900139001"))
    page = office.post(PAGE, {"roles": ["contacts"]})
    assert page.context["hindered"] == {"no_way_in": 1, "no_number": 1, "shared_number": 2}
    html = said(page)
    assert "/application-setup/personal-codes/?roles=contacts" in html and "merge the two" in html
    assert office.get("/application-setup/personal-codes/?roles=contacts").context["counted"]


def test_nobody_hindered_nothing_said(office):
    make_person("contact", email="a@family.example")
    assert "Who cannot register yet" not in said(office.post(PAGE, {"roles": ["contacts"]}))
