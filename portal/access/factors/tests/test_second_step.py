"""Signing in with a second factor: what is asked, what is refused, and what a stolen password is worth."""

import time

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.access import signing_in
from portal.access.demo import SECRET, add_app, code_at, make_sign_in
from portal.access.factors import authenticators
from portal.access.factors.authenticators import Authenticator
from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.mail.sending import send_due
from portal.people.demo import make_person
from portal.school.models import SchoolSetting

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


@pytest.fixture
def ann():
    return make_sign_in(make_person("staff", email="ann@school.example"), username="ann", password=PASSWORD)


@pytest.fixture
def code(ann):
    return add_app(ann)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def give_password(client, **more):
    return client.post("/sign-in/", {"username": "ann", "password": PASSWORD} | more)


def give_code(client, code, **more):
    return client.post("/sign-in/second-factor/", {"code": code} | more)


def is_in(client):
    return client.get("/my-details/").status_code == 200


def test_without_a_factor_nothing_is_asked(client, ann):
    assert give_password(client).status_code == 302 and is_in(client)


def test_the_password_alone_opens_nothing_and_the_code_opens_the_page_asked_for(client, code):
    page = give_password(client, next="/help/")
    assert "Write the code that your app shows" in page.content.decode() and not is_in(client)
    answer = give_code(client, code(), next="/help/")
    assert answer.status_code == 302 and answer.url == "/help/" and is_in(client)


def test_whoever_needs_a_factor_and_gave_it_is_let_everywhere_and_reminded_of_nothing(client, ann, code):
    ann.groups.add(Profile.objects.system_administrator().group)
    SchoolSetting.objects.create(name="second_factor_from", value=timezone.localdate().isoformat())
    give_password(client)
    give_code(client, code())
    page = client.get("/")
    assert page.status_code == 200 and "by a password alone" not in page.content.decode()


def test_a_stolen_password_opens_no_address_whatever_is_tried(client, code):
    give_password(client)
    for address in ("/", "/my-details/", "/my-details/second-factor/", "/my-details/second-factor/app/"):
        assert client.get(address).url.startswith("/sign-in/")
    assert client.post("/prove/", {"password": PASSWORD}).status_code in (302, 401)
    for page in (
        give_code(client, "000000"),
        give_code(client, ""),
        client.post("/sign-in/second-factor/", {"answer": "{"}),
    ):
        assert page.status_code == 200 and "There is a problem" in page.content.decode()
    assert not is_in(client)


def test_without_the_password_there_is_no_second_step(client, code):
    assert give_code(client, code()).url == "/sign-in/" and not is_in(client)


def test_the_password_holds_for_ten_minutes_and_not_after_another_was_chosen(client, ann, code, monkeypatch):
    give_password(client)
    monkeypatch.setattr(signing_in, "_LASTS", -1)
    assert give_code(client, code()).url == "/sign-in/"
    monkeypatch.undo()
    give_password(client)
    ann.set_password("another-long-one")
    ann.save()
    assert give_code(client, code()).url == "/sign-in/"


def test_no_code_is_good_twice_and_none_older_than_one_that_was_used(client, code, monkeypatch):
    now = int(time.time()) // 30
    monkeypatch.setattr(authenticators.totp, "yield_hotp_counters_from_time", lambda: [now - 1, now, now + 1])
    give_password(client)
    assert give_code(client, code_at(now)).status_code == 302
    again = Client()
    give_password(again)
    assert give_code(again, code_at(now)).status_code == 200
    assert give_code(again, code_at(now - 1)).status_code == 200
    assert give_code(again, code_at(now + 1)).status_code == 302


def test_a_recovery_code_lets_in_once_and_one_less_is_left(client, ann, code):
    one = authenticators.recovery_codes(ann)[0]
    give_password(client)
    assert give_code(client, one).status_code == 302 and authenticators.codes_left(ann) == 9
    again = Client()
    give_password(again)
    assert give_code(again, one).status_code == 200


def test_ten_wrong_codes_then_a_wait_and_the_owner_is_told_once(client, code):
    give_password(client)
    assert [give_code(client, "000000").status_code for _ in range(11)] == [200] * 10 + [429]
    refused = give_code(client, code())
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 800
    send_due()
    assert [letter.subject for letter in mail.outbox] == ["Somebody has your password for Harbour Bridge School"]
    assert mail.outbox[0].to == ["ann@school.example"]


def test_who_uses_up_the_tries_elsewhere_keeps_nobody_out_of_a_browser_that_is_known(code):
    own = Client()
    give_password(own)
    give_code(own, code())
    own.post("/sign-out/")
    thief = Client()
    give_password(thief)
    assert [give_code(thief, "000000").status_code for _ in range(11)][-1] == 429
    give_password(own)
    assert give_code(own, code()).status_code == 302


def test_wrong_factors_stand_in_the_trail_and_no_code_does(client, code):
    give_password(client)
    give_code(client, "135790")
    assert "was given a wrong second factor for" in AuditEvent.objects.values_list("act", flat=True)
    assert "135790" not in str(list(AuditEvent.objects.values()))


def test_what_was_typed_when_the_session_ended_comes_through_the_second_factor_too(client, code):
    typed = '{"address": "/messaging/new/", "kept": [["text", "Bring boots"]], "secrets": [], "files": []}'
    assert "Bring boots" in give_password(client, typed=typed).content.decode()
    page = give_code(client, code(), typed=typed)
    assert 'value="Bring boots"' in page.content.decode() and is_in(client)


def test_on_the_families_host_a_code_is_asked_for_too(settings, ann, code):
    settings.PORTAL_URL, settings.STAFF_URL = "https://families.example", "https://staff.example"
    settings.SECURE = False
    client = Client(HTTP_HOST="families.example")
    give_password(client)
    assert not is_in(client)
    give_code(client, code())
    assert is_in(client) and client.get("/my-details/second-factor/").status_code == 404


def test_secrets_are_closed_in_the_database_and_new_keys_open_them(settings, ann, code):
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        assert SECRET not in str(cursor.fetchall())
    codes = authenticators.recovery_codes(ann)
    new = "q7Zq0fGm5Wc0cR0r2xv7f1n3d8Jm2yJ9k0a1b2c3d4E="
    old, settings.PORTAL_KEYS = settings.PORTAL_KEYS, [new, *settings.PORTAL_KEYS]
    call_command("rotate_keys")
    settings.PORTAL_KEYS = [new]
    assert authenticators.recovery_codes(ann) == codes
    assert authenticators.factor_of_code(ann, code()).type == "totp"
    settings.PORTAL_KEYS = old
    assert authenticators.recovery_codes(ann) == []
    with pytest.raises(authenticators.Unreadable):
        authenticators.factor_of_code(ann, code())


def test_without_the_key_it_says_what_helps_and_counts_no_guess(client, settings, ann, code):
    one, kept = authenticators.recovery_codes(ann)[0], settings.PORTAL_KEYS
    settings.PORTAL_KEYS = ["q7Zq0fGm5Wc0cR0r2xv7f1n3d8Jm2yJ9k0a1b2c3d4E="]
    give_password(client)
    pages = [give_code(client, given) for given in [code(), one] * 6]
    assert all(page.status_code == 200 for page in pages) and not is_in(client)
    assert "the key that opens it is missing" in pages[-1].content.decode()
    assert "was given a wrong second factor for" not in AuditEvent.objects.values_list("act", flat=True)
    settings.PORTAL_KEYS = kept
    assert give_code(client, one).status_code == 302 and is_in(client)


def test_no_page_of_the_library_is_mounted(client):
    for address in ("/accounts/signup/", "/accounts/login/", "/signup/", "/accounts/2fa/", "/2fa/"):
        assert client.get(address).status_code in (302, 404)
    assert not Authenticator.objects.exists()
