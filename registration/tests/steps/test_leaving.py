"""Hiding and refusing keep people from registering, never from leaving, and never from their own state."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in, make_viewing
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration
from registration.models import GuardianConsent, Registration, YearRule
from wechat_admin.models import EnterpriseAccount

from .helpers import Status, said, step

pytestmark = pytest.mark.django_db
STOP = "/WeChatRegistration/Stop"
BARRED = "The school&#x27;s records say that you do not receive messages"


def hide():
    EnterpriseAccount.objects.update(registration_visible=False)


def bar(person):
    relate(person, make_person("pupil"), may_receive_messages=False)


def pupil_of_a_year(**rule):
    pupil = make_person("pupil", given_name="Ming")
    year = make_group("year", "Year 7")
    make_group("form", "7A", parent=year, members=[pupil])
    YearRule.objects.create(year=year, **rule)
    return pupil


@pytest.mark.parametrize("status", [Status.STARTED, Status.CONFIRMED, Status.IN_WECOM, Status.REGISTERED])
def test_while_hidden_one_sees_how_far_one_is_and_may_stop(client, contact, doorbells, status):
    make_registration(contact, status)
    hide()
    assert STOP in said(client.get(reverse("my-details")))
    first = client.get(step(1))
    assert first.status_code == 404 and STOP in said(first) and str(Status(status).label) in said(first)
    page = client.get(STOP)
    assert page.status_code == 200 and step(1) not in said(page).split("<main")[1]
    assert client.post(STOP).url == reverse("my-details")
    assert not contact.registrations.open().exists()
    html = said(client.get(reverse("my-details")))
    assert "You no longer receive messages." in html and "Register again" not in html


def test_while_hidden_the_last_step_still_shows_who_is_registered(client, contact):
    make_registration(contact)
    hide()
    assert "You receive the school" in said(client.get(reverse("my-details")))
    page = client.get(step(4))
    assert page.status_code == 200 and STOP in said(page)
    Registration.objects.update(status=Status.IN_WECOM)
    assert client.get(step(4)).status_code == 404


def test_nobody_signed_in_may_sign_in_to_stop_and_sees_nothing_else_while_hidden(client, account):
    hide()
    assert client.get(STOP).url == f"/sign-in/?next={STOP}"
    assert client.get(step(4)).status_code == 404


@pytest.mark.parametrize("status", [Status.STARTED, Status.IN_WECOM, Status.REGISTERED])
def test_somebody_barred_sees_their_state_and_may_stop(client, contact, doorbells, status):
    make_registration(contact, status)
    bar(contact)
    refused = client.get(step(1))
    assert refused.status_code == 403 and BARRED in said(refused) and STOP in said(refused)
    assert (client.get(step(4)).status_code == 200) is (status == Status.REGISTERED)
    assert client.post(STOP).status_code == 302
    assert not contact.registrations.open().exists()


def test_a_pupil_whose_year_was_closed_half_way_may_stop(client, account):
    pupil = pupil_of_a_year(pupils_may_register=False)
    make_registration(pupil, Status.STARTED)
    client.force_login(make_sign_in(pupil))
    assert client.get(step(2)).status_code == 403
    assert client.post(STOP).status_code == 302
    assert not pupil.registrations.open().exists()


def test_a_guardian_takes_a_consent_back_while_hidden_and_gives_none(client, contact):
    pupil = pupil_of_a_year(needs_consent=True)
    relate(contact, pupil)
    make_registration(pupil)
    consent = reverse("registration:consent", args=[pupil.pk])
    hide()
    assert consent not in said(client.get(reverse("my-details")))
    assert client.post(consent, {"consent": "1"}).status_code == 404 and not GuardianConsent.objects.exists()
    GuardianConsent.objects.create(pupil=pupil, guardian=contact)
    assert "Take it back for Ming" in said(client.get(reverse("my-details")))
    assert client.post(consent, {"consent": "0"}).url == reverse("my-details")
    assert not GuardianConsent.objects.filter(withdrawn_at=None).exists()
    assert registration_of_or_none(pupil) is None


def registration_of_or_none(person):
    return person.registrations.open().first()


def test_a_consent_can_be_taken_back_when_the_year_no_longer_asks_for_one(client, contact):
    pupil = pupil_of_a_year(needs_consent=False)
    relate(contact, pupil)
    GuardianConsent.objects.create(pupil=pupil, guardian=contact)
    assert "Take it back for Ming" in said(client.get(reverse("my-details")))
    client.post(reverse("registration:consent", args=[pupil.pk]), {"consent": "0"})
    assert not GuardianConsent.objects.filter(withdrawn_at=None).exists()


# --- the button ---


def test_the_button_stands_for_whoever_may_register(client, contact):
    assert step(1) in said(client.get(reverse("my-details")))


@pytest.mark.parametrize("registered", [False, True])
def test_a_barred_contact_is_told_so_and_offered_no_button(client, contact, registered):
    if registered:
        make_registration(contact)
    bar(contact)
    html = said(client.get(reverse("my-details")))
    assert BARRED in html and step(1) not in html
    assert "You receive the school" not in html


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"pupils_may_register": False}, "Registration is not open for pupils of your year."),
        ({"needs_consent": True}, "A parent or guardian must agree first."),
    ],
)
def test_a_pupil_who_may_not_register_is_told_why_and_offered_no_button(client, account, rule, sentence):
    client.force_login(make_sign_in(pupil_of_a_year(**rule)))
    html = said(client.get(reverse("my-details")))
    assert sentence in html and step(1) not in html


# --- an administrator who views as somebody ---


def test_viewing_as_a_parent_the_steps_show_on_the_staffs_host(client, contact, two_hosts):
    administrator = make_administrator()
    client.force_login(administrator)
    session = client.session
    session.update(make_viewing(contact.user, by=administrator))
    session.save()
    page = client.get(step(1), headers={"host": "staff.example"})
    assert page.status_code == 200 and f"You are viewing as {contact}" in said(page)
