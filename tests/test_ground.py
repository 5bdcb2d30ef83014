import logging
import time

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from kombu import Connection

from portal import doorbell, seals
from portal.access.demo import make_administrator, make_sign_in
from portal.celery import app
from portal.crypto import EncryptedField, Secret
from portal.logs import Redact
from portal.people.demo import make_person
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db


# --- secrets ---


def stored(column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM wechat_admin_enterpriseaccount")
        return cursor.fetchone()[0]


def test_a_secret_is_encrypted_in_the_database_and_hidden_from_str_and_repr():
    account = make_account(application_secret="very-secret")
    assert "very-secret" not in stored("application_secret")
    account = EnterpriseAccount.objects.get()
    assert account.application_secret.reveal() == "very-secret"
    assert (
        "very-secret" not in f"{account.application_secret} {account.application_secret!r} {account!r} {vars(account)}"
    )


def test_a_secret_copied_into_another_column_is_not_read():
    make_account()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wechat_admin_enterpriseaccount SET application_secret = address_book_secret")
    account = EnterpriseAccount.objects.get()
    assert account.application_secret.is_unreadable and not account.address_book_secret.is_unreadable


def test_a_new_key_in_front_reads_what_the_old_one_wrote(settings):
    make_account(application_secret="kept")
    settings.PORTAL_KEYS = ["q7Zq0fGm5Wc0cR0r2xv7f1n3d8Jm2yJ9k0a1b2c3d4E=", *settings.PORTAL_KEYS]
    assert EnterpriseAccount.objects.get().application_secret == Secret("kept")


def test_after_rotating_the_old_key_is_not_needed_any_more(settings):
    make_account(application_secret="kept")
    new = "q7Zq0fGm5Wc0cR0r2xv7f1n3d8Jm2yJ9k0a1b2c3d4E="
    settings.PORTAL_KEYS = [new, *settings.PORTAL_KEYS]
    call_command("rotate_keys")
    settings.PORTAL_KEYS = [new]
    account = EnterpriseAccount.objects.get()
    assert account.application_secret == Secret("kept") and account.callback_token == Secret()


def test_what_opens_with_no_key_is_kept_as_it_is(settings, capsys):
    make_account(application_secret="kept")
    known, settings.PORTAL_KEYS = settings.PORTAL_KEYS, ["q7Zq0fGm5Wc0cR0r2xv7f1n3d8Jm2yJ9k0a1b2c3d4E="]
    account = EnterpriseAccount.objects.get()
    assert not account.application_secret and account.application_secret.is_unreadable
    account.save()
    call_command("rotate_keys")
    assert "2 values open with no key" in capsys.readouterr().err
    settings.PORTAL_KEYS = known
    assert EnterpriseAccount.objects.get().application_secret == Secret("kept")


def test_an_empty_secret_stays_empty():
    assert EncryptedField().get_prep_value(Secret()) == ""


@pytest.mark.parametrize("text", ["GET /cgi-bin/gettoken?corpid=a&corpsecret=SECRET", "x?access_token=SECRET&y=1"])
def test_logs_hold_no_token_and_no_secret(text):
    record = logging.LogRecord("x", logging.INFO, "f", 1, "asked %s", (text,), None)
    Redact().filter(record)
    assert "SECRET" not in record.getMessage()


# --- seals ---


def test_a_seal_opens_for_its_own_page_only_and_for_a_day(monkeypatch):
    sealed = seals.seal([1, "two"], "this page")
    assert seals.unseal(sealed, "this page") == [1, "two"]
    forged = (sealed + "x", "", "no seal", "ä:\0:…")
    assert [seals.unseal(text, "this page") for text in forged] == [None] * 4
    assert seals.unseal(sealed, "another page") is None
    monkeypatch.setattr(seals, "GOOD_FOR", -1)
    assert seals.unseal(sealed, "this page") is None


# --- the doorbell ---


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_costs_a_moment_and_raises_nothing(settings, monkeypatch):
    settings.SMALL_BROKER = False
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    monkeypatch.setattr(app, "connection_for_write", lambda **options: Connection("redis://127.0.0.1:1/0", **options))
    started = time.monotonic()
    with transaction.atomic():
        doorbell.ring("messaging.tasks.pump")
    assert time.monotonic() - started < 5


def test_ring_after_ring_goes_over_one_connection_until_one_fails_or_was_silent_for_long(monkeypatch):
    made = []
    monkeypatch.setattr(doorbell, "_new_one", lambda: made.append(Connection("memory://")) or made[-1])
    for _ in range(3):
        doorbell.ring_at_once("any")
    assert len(made) == 1

    with monkeypatch.context() as broken:
        broken.setattr(app, "send_task", lambda task, **options: 1 / 0)
        doorbell.ring_at_once("any")
    doorbell.broker.answered()
    doorbell.ring_at_once("any")
    assert len(made) == 2, "of one that failed nobody knows what it still says"

    monkeypatch.setattr(doorbell, "KEPT_FOR", 0)
    doorbell.ring_at_once("any")
    assert len(made) == 3


def test_a_doorbell_waits_for_the_commit_and_is_not_rung_after_a_rollback(
    doorbells, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        doorbell.ring("one")
        assert doorbells == []
    assert doorbells == ["one"]


# --- frame, languages, headers ---


def test_every_page_carries_the_policy_and_no_inline_script(client):
    response = client.get(reverse("sign-in"))
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "camera=()" in response.headers["Permissions-Policy"]
    html = response.content.decode()
    assert "<script>" not in html and " style=" not in html and " onclick" not in html


@pytest.mark.parametrize(("language", "word"), [("en", "Sign in"), ("zh-hans", "登录"), ("zh-hant", "登入")])
def test_the_language_is_switched_on_the_sign_in_page(client, language, word):
    response = client.post(reverse("language"), {"language": language, "next": "/sign-in/"})
    assert response.url == "/sign-in/"
    assert word in client.get("/sign-in/").content.decode()


def test_the_language_switch_is_remembered_for_the_person_and_leads_nowhere_else(client):
    user = make_sign_in(make_person("contact"))
    client.force_login(user)
    response = client.post(reverse("language"), {"language": "zh-hant", "next": "https://evil.example/"})
    assert response.url == "/"
    user.person.refresh_from_db()
    assert user.person.language == "zh-hant"


@pytest.mark.parametrize(
    ("accepts", "language"), [("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("en-GB", "en")]
)
def test_the_browser_chooses_the_first_language(client, accepts, language):
    assert f'lang="{language}"' in client.get("/sign-in/", headers={"accept-language": accepts}).content.decode()


def test_the_theme_is_kept_in_a_cookie(client):
    client.post(reverse("theme"), {"theme": "dark", "next": "/sign-in/"})
    assert 'data-theme="dark"' in client.get("/sign-in/").content.decode()


def test_a_simulator_is_named_on_every_page_and_tencent_is_not(client):
    assert "speaks to a simulator" in client.get("/sign-in/").content.decode()
    with override_settings(WECOM_API_BASE=settings.TENCENT_API):
        assert "simulator" not in client.get("/sign-in/").content.decode()


def test_a_page_that_does_not_exist_says_so(client):
    client.force_login(make_sign_in(make_person("staff")))
    response = client.get("/nowhere/")
    assert response.status_code == 404 and "There is no page at this address" in response.content.decode()


def test_a_fault_shows_no_details(client, monkeypatch):
    monkeypatch.setattr("portal.access.views.SignInForm.__init__", lambda *a, **k: 1 / 0)
    client.raise_request_exception = False
    response = client.get("/sign-in/")
    assert response.status_code == 500 and "ZeroDivision" not in response.content.decode()


@pytest.mark.parametrize("address", ["/sign-in/", "/WeChatRegistration/Step1", "/WeChatRegistration/Stop"])
def test_a_page_that_answers_a_post_can_be_gone_back_to(client, address):
    make_account()
    if address != "/sign-in/":
        client.force_login(make_administrator())
    assert "no-store" in client.get(address).headers["Cache-Control"]
    answer = client.post(address, {"username": "x", "password": "y"})
    assert answer.status_code in (200, 403)
    assert "no-store" not in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    assert "Vary" not in answer.headers, "of the cookies of then: a sign-in or another language changes them"


# --- two sites ---


def test_the_families_host_answers_only_what_is_theirs(two_hosts):
    client = Client(HTTP_HOST="families.example")
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    assert client.get("/my-details/").status_code == 200
    assert client.get("/messaging/").status_code == 404
    assert client.get("/").url == "/my-details/"
    assert Client(HTTP_HOST="families.example").get("/sign-in/").status_code == 200
    assert Client(HTTP_HOST="families.example").get("/help/").status_code == 200


def test_the_staff_host_answers_everything(two_hosts):
    client = Client(HTTP_HOST="staff.example")
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    assert client.get("/messaging/").status_code == 200
    assert client.get("/my-details/").status_code == 200


def test_whoever_holds_only_the_other_sites_role_is_led_there(two_hosts):
    make_account()
    contact, teacher = make_sign_in(make_person("contact")), make_sign_in(make_person("staff"))
    both = make_sign_in(make_person("staff", is_contact=True))
    address = reverse("registration:step", args=[1])
    for user, host, leads_to in [
        (contact, "staff.example", f"http://families.example{address}"),
        (teacher, "families.example", f"http://staff.example{address}"),
        (both, "families.example", None),
        (both, "staff.example", None),
    ]:
        client = Client(HTTP_HOST=host)
        client.force_login(user)
        response = client.get(address)
        assert getattr(response, "url", None) == leads_to


def test_families_land_on_my_details_and_others_on_the_dashboard(client):
    for person, lands in [
        (make_person("contact"), "/my-details/"),
        (make_person("pupil"), "/my-details/"),
        (make_person("staff"), "/"),
        (make_person("staff", is_contact=True), "/"),
    ]:
        client.force_login(make_sign_in(person))
        assert client.get(reverse("home")).url == lands


def test_help_is_shown_by_role_and_registration_help_before_sign_in(client):
    make_account()
    assert "Registering as staff" in client.get("/help/").content.decode()
    assert client.get("/help/linking/").status_code == 404
    client.force_login(make_sign_in(make_person("contact")))
    html = client.get("/help/").content.decode()
    assert "Registering as a contact or pupil" in html and "Registering as staff" not in html
    assert client.get("/help/messaging/").status_code == 404
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    assert client.get("/help/messaging/").status_code == 200
