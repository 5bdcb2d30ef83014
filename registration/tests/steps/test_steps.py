"""The steps as a person meets them: where each address leads, and what is kept of them."""

import pytest
from django.db.models.functions import Now

from portal.access.demo import make_administrator, make_sign_in, make_viewing
from portal.people import actions as people_actions
from portal.people import importing
from portal.people.demo import make_person, relate
from portal.people.importing import actions as importing_actions
from portal.school.models import SchoolSetting
from registration.demo import make_registration
from registration.models import Opened, Registration
from wechat_admin.demo import make_account

from .helpers import Status, registration_of, said, step

pytestmark = pytest.mark.django_db


def test_a_contact_goes_through_the_steps(client, contact, doorbells, committed):
    child = make_person("pupil", given_name="Ming")
    relate(contact, child)
    html = said(client.get(step(1)))
    assert "Step 1 of 4" in html and "Ming" in html and "an account of your own" in html
    assert client.post(step(1), {"agree": "on"}).url == step(2)
    assert 'value="+86 138 0013 8000"' in said(client.get(step(2)))
    with committed():
        assert client.post(step(2), {"mobile": "138 0013 8000"}).url == step(3)
    assert doorbells == ["registration.tasks.work"]
    registration = registration_of(contact)
    assert (registration.status, registration.mobile) == (Status.CONFIRMED, "+8613800138000")
    assert (registration.consent_version, registration.consent_language) == ("2026-11-25", "en")
    assert registration.confirmed_by == contact.user


@pytest.mark.parametrize(
    ("status", "leads_to"),
    [(None, 1), (Status.STARTED, 2), (Status.CONFIRMED, 3), (Status.IN_WECOM, 3), (Status.REGISTERED, 4)],
)
def test_every_step_leads_to_the_first_open_one(client, contact, doorbells, status, leads_to):
    if status:
        make_registration(contact, status)
    for number in (1, 2, 3, 4):
        response = client.get(step(number))
        may_change = number == 2 and status in (Status.CONFIRMED, Status.IN_WECOM)
        if number == leads_to or may_change:
            assert response.status_code == 200
        else:
            assert response.url == step(leads_to)


@pytest.mark.parametrize("number", [0, 5, 99])
def test_beyond_the_last_step_there_is_nothing(client, contact, number):
    assert client.get(step(number)).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/wechatregistration/step1",
        "/WECHATREGISTRATION/STEP1/",
        "/WeChatRegistration/",
        "/wechatregistration",
        "/WeChatRegistration/Step1/",
    ],
)
def test_any_other_case_leads_to_the_canonical_address(client, contact, address):
    assert client.get(address).url == step(1)


def test_not_signed_in_means_signing_in_and_coming_back(client, account):
    assert client.get(step(1)).url == f"/sign-in/?next={step(1)}"


def test_without_consent_nothing_begins(client, contact):
    assert "Tick the box to go on." in said(client.post(step(1), {}))
    assert not Registration.objects.exists()


def test_back_and_resubmit_make_one_registration(client, contact):
    for _ in range(2):
        assert client.post(step(1), {"agree": "on"}).url == step(2)
    for _ in range(2):
        assert client.post(step(2), {"mobile": "+8613800138000"}).url == step(3)
    assert Registration.objects.count() == 1


def test_a_teacher_who_is_a_parent_registers_once_by_either_door(client, account):
    person = make_person("staff", is_contact=True)
    client.force_login(make_sign_in(person))
    assert step(1) in said(client.get("/my-details/")), "the button shows, because they are a contact"
    client.post(step(1), {"agree": "on"})
    assert client.get(step(1)).url == step(2)
    assert person.registrations.count() == 1


def test_another_company_means_registering_again(client, contact):
    make_registration(contact)
    make_account(corporation_id="ww99999999")
    assert client.get(step(1)).status_code == 200
    client.post(step(1), {"agree": "on"})
    assert sorted(contact.registrations.values_list("status", flat=True)) == ["started", "withdrawn"]


def test_a_language_switch_does_not_touch_the_registration(contact):
    make_registration(contact)
    people_actions.set_language(person=contact, language="zh-hans")
    assert registration_of(contact).consent_language == "en"


def test_an_import_leaves_a_withdrawn_registration_withdrawn(account):
    person = make_person("contact", reference="C0007")
    make_registration(person, Status.WITHDRAWN)
    line = "C0007,contact,Wei,Li,,,+8613800138000,en,,"
    importing_actions.import_people(importing.read(f"{','.join(importing.COLUMNS)}\n{line}".encode()))
    assert [r.status for r in person.registrations.all()] == ["withdrawn"]


def test_the_last_step_says_that_a_first_message_is_coming_and_has_come(client, contact):
    registration = make_registration(contact)
    assert "A first message is on its way to your WeChat" in said(client.get(step(4)))
    Registration.objects.filter(pk=registration.pk).update(welcomed_at=Now())
    html = said(client.get(step(4)))
    assert "A first message has gone to your WeChat" in html
    assert "WeChat keeps the number you used first: nothing needs changing" in html and "office@harbour" in html


def test_opening_the_first_step_is_noted_once_and_never_while_impersonating(client, contact):
    administrator = make_administrator()
    client.get(step(1))
    client.get(step(1))
    assert Opened.objects.filter(person=contact).count() == 1
    other = make_sign_in(make_person("contact"))
    client.force_login(administrator)
    session = client.session
    session.update(make_viewing(other, by=administrator))
    session.save()
    assert client.get(step(1)).status_code == 200
    assert not Opened.objects.filter(person=other.person).exists()


@pytest.mark.parametrize("behind", [".", ",", "，", "。", "/。", " ", "）", "，然后完成登记。"])
def test_what_a_link_took_along_behind_the_address_does_no_harm(client, contact, behind):
    assert client.get(step(1) + behind).url == step(1)
    assert client.get("/WeChatRegistration" + behind).url == step(1)


def test_consent_says_to_whom_what_and_why_and_links_the_schools_notice(client, db):
    make_account()
    SchoolSetting.objects.create(name="privacy_notice", value="https://school.example/privacy")
    client.force_login(make_sign_in(make_person("contact")))
    html = " ".join(client.get("/WeChatRegistration/Step1").content.decode().split())
    assert "gives your name, your mobile number" in html and "e-mail address to Tencent" in html
    assert "so that WeChat can find you" in html and 'href="https://school.example/privacy"' in html
