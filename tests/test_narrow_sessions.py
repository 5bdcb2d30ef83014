"""A session begun by a personal code opens what stands here, and of everything else nothing, however it is asked."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from messaging.demo import make_message
from portal.access.actions import sign_in_of
from portal.access.demo import make_administrator
from portal.audit.models import AuditEvent
from portal.people.demo import make_person, relate
from portal.people.models import Person
from registration.demo import make_code, make_registration
from registration.models import GuardianConsent, YearRule
from wechat_admin.demo import make_account

from .test_permissions import TABLE

pytestmark = pytest.mark.django_db
OPENS = {
    *("sign-in", "second-step", "sign-out", "forgotten", "forgotten-sent", "choose-password"),
    *("language", "theme", "help", "help-page", "help-guide"),
    *("registration:code", "registration:choose-own-password", "registration:any-case", "registration:any-case-step"),
    *("registration:step", "registration:state", "registration:qr", "registration:daily-limit"),
    "registration:nothing-came",
    *("registration:registered", "registration:stop"),
}
LEADS_TO_ITS_OWN_PAGE = {"home", "dashboard"}
ASKED_BY = ["get", "post", "put", "delete", "head", "options"]


@pytest.fixture
def mother():
    make_account(qr_picture=b"a picture")
    person = make_person("contact", email="")
    relate(person, make_person("pupil"))
    return person


def phone_of(person):
    client = Client()
    assert client.post("/WeChatRegistration/Code", {"code": make_code(person)}).status_code == 302
    return client


@pytest.mark.once
@pytest.mark.parametrize("how", ASKED_BY)
def test_over_every_address_whatever_is_not_named_is_refused(mother, how, doorbells):
    phone = phone_of(mother)
    message = make_message(sign_in_of(mother))
    wrong = []
    for name, (arguments, _permission, _method) in TABLE.items():
        if name in OPENS or (name in LEADS_TO_ITS_OWN_PAGE and how == "get"):
            continue
        arguments = {key: value if key == "slug" else message.pk for key, value in arguments.items()}
        if name == "messaging:article-picture":
            arguments = {"token": "x"}
        response = getattr(phone, how)(reverse(name, kwargs=arguments))
        if response.status_code != 403:
            wrong.append(f"{name}: {response.status_code}")
    assert wrong == []


def test_the_refusal_says_what_a_code_is_for(mother):
    phone = phone_of(mother)
    answer = phone.get("/my-details/")
    assert answer.status_code == 403 and "With a personal code you can register" in answer.content.decode()
    assert set(TABLE) >= OPENS


@pytest.mark.parametrize("address", ["/", "/home/"])
def test_the_first_page_is_its_own(mother, address):
    assert phone_of(mother).get(address).url == "/WeChatRegistration/Step1"


def test_somebody_made_an_administrator_meanwhile_has_no_such_session_any_more(mother):
    phone = phone_of(mother)
    user = sign_in_of(mother)
    user.is_superuser = True
    user.save()
    assert phone.get("/audit/").status_code == 302


def test_no_consent_is_given_for_a_pupil_and_no_language_is_chosen_for_good(mother):
    pupil = mother.relationships_as_contact.get().pupil
    phone = phone_of(mother)
    phone.post(reverse("registration:consent", args=[pupil.pk]), {"consent": "1"})
    phone.post("/language/", {"language": "zh-hant"})
    assert not GuardianConsent.objects.exists() and not YearRule.objects.exists()
    assert Person.objects.get(pk=mother.pk).language == "en"
    assert phone.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hant"


def test_the_names_of_the_trail_say_who_came_in_and_how(mother):
    phone_of(mother)
    event = AuditEvent.objects.get(act="came in with a personal code")
    assert (event.actor, str(event.actor)) == (sign_in_of(mother), mother.name)


def test_a_visitor_viewed_as_cannot_come_in_by_a_code(client, mother):
    client.force_login(make_administrator())
    viewed = sign_in_of(mother)
    client.post(reverse("impersonate", args=[viewed.pk]), {"reason": "Asks for help"})
    code = make_code(make_person("contact"))
    assert client.post("/WeChatRegistration/Code", {"code": code}).status_code == 403


def test_registered_by_somebody_elses_session_the_pages_ask_as_always(mother):
    make_registration(mother)
    phone = phone_of(mother)
    assert phone.get("/WeChatRegistration/Step1").url == "/WeChatRegistration/Step4"
    assert "Choose a password" not in phone.get("/WeChatRegistration/Step4").content.decode()


def test_no_session_of_a_code_is_kept_for_30_days(mother):
    phone = Client()
    phone.post("/WeChatRegistration/Code", {"code": make_code(mother), "keep": "on"})
    assert phone.session.get_expiry_age() <= 3600
