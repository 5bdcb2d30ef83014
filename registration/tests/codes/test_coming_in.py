"""A code from paper to Registered, and the same letter in a stranger's hands."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from portal.access.actions import create_profile, sign_in_of
from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from portal.people.models import Person, User
from registration.codes import characters
from registration.demo import make_code, make_registration
from registration.models import PersonalCode, Registration
from wechat_admin.models import EnterpriseAccount

from ..steps.helpers import registration_of, said, step
from .conftest import another_phone, come_in

Status = Registration.Status


def become_registered(person):
    """WeCom has said that the person follows the school."""
    Registration.objects.filter(person=person).update(
        status=Status.REGISTERED, userid="sp-1", created_by_us=True, registered_at=Now(), next_try_at=None
    )


def register_by(client, person):
    client.post(step(1), {"agree": "on"})
    client.post(step(2))
    become_registered(person)


# --- the page ---


def test_nobody_is_named_before_the_press_and_the_code_stands_in_no_address(client, mother, code):
    page = client.get("/WeChatRegistration/Code")
    assert "Fang" not in said(page) and code not in said(page) and "data-from-fragment" in said(page)
    answer = come_in(client, code)
    assert answer.url == step(1) and code not in answer.url
    assert "Fang Wang" in said(client.get(step(1)))
    assert not AuditEvent.objects.filter(details__icontains=code).exists()


def test_only_a_hash_is_kept(mother, code):
    row = PersonalCode.objects.get()
    assert code not in str(vars(row)) and len(row.code_hash) == 64


def test_a_code_of_before_the_key_was_changed_still_works(client, mother, code, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-that-is-long-enough", [settings.SECRET_KEY]
    assert come_in(client, code).url == step(1)


def test_a_typo_is_no_try_and_what_was_typed_stays(client, mother, code):
    for _ in range(12):
        page = come_in(client, code[:-1] + ("A" if code[-1] != "A" else "B"))
    assert "One character is wrong or missing." in said(page) and code[:-1] in said(page)
    assert come_in(client, code).url == step(1)


def test_ten_wrong_codes_of_a_browser_and_a_hundred_of_an_address(client, mother, code):
    def wrong(client):
        client.get("/WeChatRegistration/Code")
        return [come_in(client, characters.make()).status_code for _ in range(10)]

    assert wrong(client) == [200] * 10
    assert come_in(client, code).status_code == 429
    assert come_in(parent := Client(), characters.make()).status_code == 200
    assert come_in(parent, code).status_code == 302
    for _ in range(9):
        wrong(Client())
    other = Client()
    other.get("/WeChatRegistration/Code")
    assert come_in(other, code).status_code == 429
    assert other.post("/WeChatRegistration/Code", {"code": code}, REMOTE_ADDR="203.0.113.9").status_code == 302


# --- from paper to Registered ---


def test_a_mother_without_email_or_sign_in_registers_with_the_number_on_record(phone, mother):
    page = said(phone.get(step(1)))
    assert "Ming" in page and "/my-details/" not in page
    assert phone.post(step(1), {"agree": "on"}).url == step(2)
    page = said(phone.get(step(2)))
    assert "+86 •••• 8000" in page and 'name="mobile"' not in page and "by=email" not in page
    assert phone.post(step(2)).url == step(3)
    registration = registration_of(mother)
    assert registration.mobile == "+8613800138000" and registration.confirmed_by == User.objects.get(person=mother)
    assert 'href="/WeChatRegistration/Step2">Change' not in said(phone.get(step(3)))


@pytest.mark.parametrize("given", [{"mobile": "+86 139 0013 9000"}, {"email": "stranger@elsewhere.example"}])
def test_another_number_or_address_is_not_taken(phone, mother, given):
    phone.post(step(1), {"agree": "on"})
    phone.post(f"{step(2)}?by=email", given)
    registration = registration_of(mother)
    assert (registration.mobile, registration.email) == ("+8613800138000", "")


def test_the_code_works_again_until_registered_and_one_session_at_a_time(phone, mother, code):
    phone.post(step(1), {"agree": "on"})
    again = another_phone(code)
    assert again.get(step(1)).url == step(2)
    assert phone.get(step(2)).url.startswith("/sign-in/")


def test_registered_the_code_shows_the_state_and_stops_and_no_more(phone, mother, code):
    register_by(phone, mother)
    later = another_phone(code)
    assert later.get(step(1)).url == step(4)
    assert "Choose a password" not in said(later.get(step(4)))
    assert later.post("/WeChatRegistration/ChoosePassword").url == step(1)
    later.post("/WeChatRegistration/Stop")
    assert not mother.registrations.open().exists()
    page = later.get(step(1))
    assert page.status_code == 403 and "ask the office for a new letter" in said(page)
    assert later.post(step(1), {"agree": "on"}).status_code == 403 and not mother.registrations.open().exists()


def test_whoever_registered_by_the_code_may_then_choose_a_password_and_is_a_whole_person(phone, mother, code):
    assert phone.post("/WeChatRegistration/ChoosePassword").url == step(1)
    register_by(phone, mother)
    page = phone.get(step(4))
    assert "Choose a password" in said(page) and mother.reference.lower() in said(page)
    address = phone.post("/WeChatRegistration/ChoosePassword").url
    assert address.endswith("/set-password/")
    chosen = {"new_password1": "a-long-password", "new_password2": "a-long-password"}
    assert phone.post(address, chosen).url == "/sign-in/"
    assert come_in(Client(), code).status_code == 200  # holders of a password have no code
    answer = phone.post("/sign-in/", {"username": mother.reference, "password": "a-long-password"})
    assert phone.get(answer.url, follow=True).status_code == 200
    assert phone.get("/my-details/").status_code == 200


def test_a_password_given_in_a_session_of_a_code_makes_it_a_whole_one(phone, mother):
    user = User.objects.get(person=mother)
    user.set_password("a-long-password")
    user.save()
    other = make_sign_in(make_person("contact"), username="other", password="a-long-password")
    for name in ("other", mother.reference):
        phone.post("/sign-in/", {"username": name, "password": "a-long-password"})
        assert phone.get("/my-details/").context["user"] in (other, user)
        phone.post("/sign-out/")


def test_without_a_number_on_record_the_office_is_asked(client, account):
    person = make_person("contact", mobile="")
    come_in(client, make_code(person))
    page = client.get(step(1))
    assert page.status_code == 403 and "Give it to the office first." in said(page)
    assert not person.registrations.exists()


def test_a_number_that_is_somebody_elses_is_for_the_office_and_its_correction_is_taken(phone, mother):
    make_registration(make_person("contact", mobile=mother.mobile))
    phone.post(step(1), {"agree": "on"})
    assert "Ask the office." in said(phone.post(step(2)))
    assert registration_of(mother).problem
    Person.objects.filter(pk=mother.pk).update(mobile="+8613900139000")
    assert phone.post(step(2)).url == step(3)
    assert registration_of(mother).mobile == "+8613900139000"


def test_while_registration_is_hidden_one_sees_the_own_state_and_may_stop(phone, mother, code):
    make_registration(mother, Status.IN_WECOM)
    EnterpriseAccount.objects.update(registration_visible=False)
    page = phone.get(step(1))
    assert page.status_code == 404 and "not yet scanned the code" in said(page)
    phone.post("/WeChatRegistration/Stop")
    assert not mother.registrations.open().exists()
    EnterpriseAccount.objects.update(registration_visible=True)
    assert another_phone(code).post(step(1), {"agree": "on"}).url == step(2)


# --- whose code is dead ---


def leaves(person):
    Person.objects.filter(pk=person.pk).end(timezone.localdate() - timedelta(days=1))


def has_a_password(person):
    user = sign_in_of(person)
    user.set_password("a-long-password")
    user.save()


def holds_an_option(person):
    profile = create_profile(name="Office", by=None)
    profile.set_options(["people.view"])
    sign_in_of(person).groups.add(profile.group)


def is_locked(person):
    User.objects.filter(pk=sign_in_of(person).pk).update(is_active=False)


NO_CODE_FOR = [leaves, has_a_password, holds_an_option, is_locked]


@pytest.mark.parametrize("becomes", NO_CODE_FOR)
def test_leavers_holders_of_a_password_or_an_option_and_the_locked_have_no_code(client, mother, code, becomes):
    becomes(mother)
    page = come_in(client, code)
    assert "This code opens nothing any more." in said(page) and client.get(step(1)).url.startswith("/sign-in/")


@pytest.mark.parametrize("becomes", NO_CODE_FOR)
def test_and_a_session_of_theirs_ends_at_the_next_page(phone, mother, becomes):
    assert phone.get(step(1)).status_code == 200
    becomes(mother)
    assert phone.get(step(1)).url.startswith("/sign-in/")


def test_a_replaced_and_an_old_code_say_so(client, mother, code):
    newer = make_code(mother)
    assert "a newer letter" in said(come_in(client, code))
    PersonalCode.objects.update(made_at=Now() - timedelta(days=61))
    assert "This code was good until" in said(come_in(client, newer))


def test_a_letter_in_the_wrong_hands_cannot_wait_for_the_family_to_register(mother, code):
    stranger = another_phone(code)
    stranger.post(step(1), {"agree": "on"})
    family = another_phone(code)
    family.post(step(2))
    become_registered(mother)
    assert stranger.post("/WeChatRegistration/ChoosePassword").url.startswith("/sign-in/")
    assert "Choose a password" in said(family.get(step(4)))


# --- two hosts ---


def test_the_host_is_the_roles(two_hosts, mother, code):
    teacher = make_code(make_person("staff"))
    families, staff = Client(HTTP_HOST="families.example"), Client(HTTP_HOST="staff.example")
    assert "http://staff.example/WeChatRegistration/Code" in said(come_in(families, teacher))
    assert "http://families.example/WeChatRegistration/Code" in said(come_in(staff, code))
    assert come_in(families, code).url == step(1) and come_in(staff, teacher).url == step(1)
    assert "letter" in said(families.get("/sign-in/")) and "WeChatRegistration" not in said(staff.get("/sign-in/"))
