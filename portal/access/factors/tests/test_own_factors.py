"""Staff set up, renew and remove their second factors; a profile needs one; one that was lost is removed."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import add_app, code_at, make_administrator, make_sign_in
from portal.access.factors import authenticators
from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.mail.sending import send_due
from portal.people.demo import make_person
from portal.school.models import SchoolSetting

pytestmark = pytest.mark.django_db
SET_UP = "/my-details/second-factor/"
PASSWORD = "a-long-password"


@pytest.fixture
def ann():
    return make_sign_in(
        make_person("staff", email="ann@school.example"), username="ann", password=PASSWORD, options=["people.view"]
    )


@pytest.fixture
def profile(ann):
    return Profile.objects.get(group__user=ann)


@pytest.fixture(autouse=True)
def signed_in(client, ann):
    client.force_login(ann)


def text(response):
    return response.content.decode()


def secret_on(page):
    return re.search(r"<code>(\w+)</code>", text(page))[1]


def set_up_app(client):
    secret = secret_on(client.get(SET_UP + "app/"))
    return client.post(SET_UP + "app/", {"code": code_at(int(time.time()) // 30, secret)}, follow=True)


def subjects():
    send_due()
    return [letter.subject for letter in mail.outbox]


# --- set up ---


def test_an_app_is_added_by_its_first_code_the_codes_are_shown_once_and_a_letter_goes_out(client, ann):
    page = set_up_app(client)
    shown = re.findall(r"<code>(\d{8})</code>", text(page))
    assert shown == authenticators.recovery_codes(ann) and len(shown) == 10
    assert client.post(SET_UP + "codes/").url == SET_UP
    assert client.get(SET_UP + "codes/").url == SET_UP
    assert "10 recovery codes are left." in text(client.get(SET_UP))
    assert subjects() == ["A second factor was added at Harbour Bridge School"]


def test_a_wrong_first_code_adds_nothing_and_the_key_stays_the_same(client, ann):
    secret = secret_on(client.get(SET_UP + "app/"))
    page = client.post(SET_UP + "app/", {"code": "000000"})
    assert secret_on(page) == secret and not authenticators.has_factor(ann)
    assert secret not in str(dict(client.session))


def test_the_first_factor_ends_every_other_session(client, ann):
    elsewhere = Client()
    elsewhere.force_login(ann)
    set_up_app(client)
    assert client.get(SET_UP).status_code == 200 and elsewhere.get(SET_UP).status_code == 302


def test_what_is_no_passkey_adds_none(client, ann):
    client.get(SET_UP + "passkey/")
    for answer in ("", "{", "[]", "1", '{"id": "x"}', '{"id": 1, "rawId": [], "response": {}, "type": "public-key"}'):
        page = client.post(SET_UP + "passkey/", {"name": "laptop", "answer": answer})
        assert "That was no passkey for this page." in text(page)
    assert not authenticators.has_factor(ann)


def test_a_passkey_is_a_factor_as_an_app_is(client, ann, monkeypatch):
    """What a browser answers is read in tests/browser/test_second_factor.py; here it is taken as it comes."""

    def add(user, name, answer):
        data = {"name": name, "passwordless": False, "credential": {}}
        return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)

    monkeypatch.setattr(authenticators, "add_passkey", add)
    elsewhere = Client()
    elsewhere.force_login(ann)
    page = client.post(SET_UP + "passkey/", {"name": "laptop", "answer": "{}"}, follow=True)
    assert authenticators.has_passkey(ann) and not authenticators.has_app(ann)
    assert re.findall(r"<code>(\d{8})</code>", text(page)) == authenticators.recovery_codes(ann) != []
    assert "laptop" in text(client.get(SET_UP)) and elsewhere.get(SET_UP).status_code == 302
    assert subjects() == ["A second factor was added at Harbour Bridge School"]


def test_new_codes_end_the_old_ones(client, ann):
    add_app(ann)
    old = authenticators.recovery_codes(ann)
    page = client.post(SET_UP + "codes/new/", follow=True)
    assert old[0] not in text(page) and authenticators.recovery_codes(ann)[0] in text(page)


def test_a_factor_is_removed_with_its_codes_and_told(client, ann):
    add_app(ann)
    client.post(reverse("remove-factor", args=[authenticators.factors(ann).get().pk]))
    assert not authenticators.has_factor(ann) and authenticators.codes_left(ann) == 0
    assert subjects() == ["A second factor was removed at Harbour Bridge School"]


def test_my_details_say_to_staff_whether_they_have_one_and_to_families_nothing(client, ann):
    assert "None: whoever knows your password gets in." in text(client.get("/my-details/"))
    add_app(ann)
    assert "Set up. 10 recovery codes are left." in text(client.get("/my-details/"))
    client.force_login(make_sign_in(make_person("contact")))
    assert "Second factor" not in text(client.get("/my-details/"))


def test_families_have_none_and_nobody_sees_them_while_viewing_as_somebody(client, ann):
    contact = make_sign_in(make_person("contact"))
    client.force_login(contact)
    assert client.get(SET_UP).status_code == 403
    teacher = make_sign_in(make_person("staff"))
    client.force_login(make_administrator())
    client.post(reverse("impersonate", args=[teacher.pk]), {"reason": "to help them"})
    for name in ("factors", "add-app", "add-passkey", "recovery-codes"):
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("renew-recovery-codes")).status_code == 403


# --- needed ---


def test_a_profile_that_needs_one_opens_nothing_else_until_there_is_one(client, ann, profile):
    Profile.objects.filter(pk=profile.pk).update(needs_factor=True)
    assert client.get("/people/").url == SET_UP and client.get("/my-details/").url == SET_UP
    refused = client.post("/messaging/new/", {"text": "x"})
    assert refused.status_code == 403 and "needs a second factor" in text(refused)
    assert "needs a second factor" in text(client.get(SET_UP)) and client.get("/help/").status_code == 200
    set_up_app(client)
    assert client.get("/people/").status_code == 200
    page = client.post(reverse("remove-factor", args=[authenticators.factors(ann).get().pk]), follow=True)
    assert "Add another one first." in text(page) and authenticators.has_factor(ann)


def test_only_who_may_give_profiles_says_that_one_needs_it_and_nobody_of_their_own(client, profile):
    address = reverse("ask-for-factor", args=[profile.pk])
    assert client.post(address, {"needed": "yes"}).status_code == 403
    client.force_login(make_administrator())
    client.post(address, {"needed": "yes"})
    profile.refresh_from_db()
    assert profile.needs_factor
    event = AuditEvent.objects.get(act="changed whether a profile needs a second factor")
    assert event.details == {"needed": True}
    giver = make_sign_in(make_person("staff"), options=["access.manage_profiles"])
    client.force_login(giver)
    page = client.post(reverse("ask-for-factor", args=[giver.groups.get().profile.pk]), {"needed": "yes"}, follow=True)
    assert "You hold this profile yourself" in text(page)


def test_a_system_administrator_is_reminded_and_needs_one_from_the_day_that_is_set(client):
    client.force_login(make_administrator())
    assert "Your sign-in is safe by a password alone" in text(client.get("/"))
    tomorrow = timezone.localdate() + timedelta(days=1)
    client.post("/application-setup/school/", {"second_factor_from": tomorrow.isoformat(), "seen": 0})
    assert SchoolSetting.objects.get(pk="second_factor_from").value == tomorrow.isoformat()
    assert client.get("/people/").status_code == 200
    SchoolSetting.objects.update(value=timezone.localdate().isoformat())
    assert client.get("/people/").url == SET_UP


# --- lost ---


def test_a_system_administrator_removes_what_another_lost_and_they_are_told(client, ann):
    add_app(ann)
    lost = Client()
    lost.force_login(ann)
    office = make_sign_in(
        make_person("staff"), options=["access.manage_accounts", "access.view_accounts", "people.view"]
    )
    client.force_login(office)
    address = reverse("remove-factors-of", args=[ann.pk])
    assert "Only a System Administrator" in text(client.post(address, follow=True))
    administrator = make_administrator()
    client.force_login(administrator)
    assert "Remove the second factor that was lost" in text(client.get(reverse("account", args=[ann.person.pk])))
    client.post(address)
    assert not authenticators.has_factor(ann) and lost.get(SET_UP).status_code == 302
    assert AuditEvent.objects.filter(act="removed somebody's second factors", actor=administrator).exists()
    assert subjects() == ["A second factor was removed at Harbour Bridge School"]


def test_an_administrator_who_is_no_person_is_helped_from_the_profile_and_nobody_removes_their_own(client):
    other, own = make_administrator("other"), make_administrator("own")
    add_app(other)
    add_app(own)
    client.force_login(own)
    page = client.get(reverse("profile", args=[Profile.objects.system_administrator().pk]))
    assert reverse("remove-factors-of", args=[other.pk]) in text(page)
    client.post(reverse("remove-factors-of", args=[other.pk]))
    client.post(reverse("remove-factors-of", args=[own.pk]))
    assert not authenticators.has_factor(other) and authenticators.has_factor(own)


def test_whoever_has_the_server_removes_the_last_administrators(capsys):
    administrator = make_administrator()
    add_app(administrator)
    call_command("remove_second_factor", "administrator")
    assert not authenticators.has_factor(administrator) and "password alone" in capsys.readouterr().out
    with pytest.raises(CommandError, match="They have no second factor"):
        call_command("remove_second_factor", "administrator")
    with pytest.raises(CommandError, match="no sign-in"):
        call_command("remove_second_factor", "nobody-here")
