"""The key of the stored secrets is lost, or what is stored was damaged: it is said where it can be mended, nothing is sent
meanwhile, and everything else works."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Batch
from messaging.sending.preparing import prepare
from messaging.sending.pump import Pump
from portal.access.demo import make_administrator, make_sign_in
from portal.crypto import Secret
from portal.health import readiness
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import Registration
from tests.test_permissions import client_of, every_answer
from wechat_admin import sweeps
from wechat_admin.callback.actions import set_up_callback
from wechat_admin.connection.check import check_connection
from wechat_admin.connection.in_words import finding
from wechat_admin.connection.tokens import DatabaseTokenStore
from wechat_admin.demo import SIMULATOR_VALUES, make_account
from wechat_admin.models import Check, EnterpriseAccount, SendingGate, Token
from wechat_admin.tasks import CHECK_CONNECTION, probe

pytestmark = pytest.mark.django_db
ANOTHER = ["q7Zq0fGm5Wc0cR0r2xv7f1n3d8Jm2yJ9k0a1b2c3d4E="]
SECRETS = ("application_secret", "address_book_secret", "callback_token", "callback_aes_key")


@pytest.fixture
def account():
    made = make_account(qr_picture=b"a picture", registration_visible=True)
    set_up_callback(by=None)
    return made


@pytest.fixture
def lost(account, settings):
    settings.PORTAL_KEYS = ANOTHER
    return account


def damage(*names):
    for name in names:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE wechat_admin_enterpriseaccount SET {name} = %s", ["gAAAA not what was written …"])


def page(client, name, **arguments):
    return client.get(reverse(name, kwargs=arguments)).content.decode()


SOME_HOLD = ["holder of wechat_admin.view_account", "holder of messaging.write"]


@pytest.mark.once
@pytest.mark.parametrize("role", ["nobody", "contact", "pupil", "staff", "administrator", *SOME_HOLD])
def test_no_page_of_nobody_fails(role, lost, doorbells, all_of_us_work):
    Token.objects.create(key="x")
    Token.objects.update(token="damaged")
    client, user = client_of(role)
    client.raise_request_exception = False
    failed = [name for name, answer in every_answer(client, user, all_of_us_work) if answer.status_code >= 500]
    assert failed == []


def test_it_is_said_where_it_is_mended_on_the_dashboard_and_where_something_waits(lost, client, all_of_us_work):
    administrator = make_administrator()
    client.force_login(administrator)
    message = make_message(administrator)
    draft = make_message(administrator, status="draft")
    dashboard, screen = page(client, "dashboard"), page(client, "wechat-administration")
    for html in (dashboard, screen):
        assert "must be typed again:" in html and "Application secret, Address book sync secret" in html
    assert screen.count("What is stored here cannot be read any more. Type it again.") == 2
    assert "The stored token and key cannot be read any more" in screen
    for html in (page(client, "messaging:message", pk=message.pk), page(client, "messaging:check", pk=draft.pk)):
        assert "Sending is held: what is stored of the Enterprise Account cannot be read" in html
    assert readiness.results(readiness.ACCOUNT)["linked"].word == "secrets cannot be read"


def test_whoever_only_sends_reads_why_nothing_goes(lost, client, all_of_us_work):
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    html = page(client, "dashboard")
    assert "Sending is held: what is stored" in html and "PORTAL_KEYS" not in html


def test_typed_again_everything_works_again(lost, client, simulator):
    client.force_login(make_administrator())
    form = {"corporation_id": lost.corporation_id, "application_agent_id": lost.application_agent_id}
    form |= {"version": EnterpriseAccount.objects.get().version, "registration_visible": "on"}
    one = form | {"application_secret": SIMULATOR_VALUES["application_secret"]}
    client.post(reverse("wechat-administration"), one, follow=True)
    assert EnterpriseAccount.objects.get().unreadable == ["Address book sync secret"]
    form["version"] += 1
    client.post(
        reverse("wechat-administration"), form | {"address_book_secret": SIMULATOR_VALUES["address_book_secret"]}
    )
    client.post(reverse("set-up-callback"), {"shown": "anew"})
    found = EnterpriseAccount.objects.get()
    assert found.is_linked and found.is_registration_open and not found.is_callback_unreadable
    assert "must be typed again" not in page(client, "dashboard")


@pytest.mark.parametrize("name", ["application_secret", "address_book_secret"])
def test_a_damaged_value_holds_sending_and_costs_no_call(name, account, simulator, doorbells):
    make_registration(make_person("contact"), Registration.Status.REGISTERED)
    message = make_message(make_administrator())
    prepare(message.pk)
    damage(name)
    Pump().run()
    SendingGate.objects.all().hold(40001)
    probe()
    assert Batch.objects.get().state == Batch.State.READY
    assert simulator.calls("gettoken") == {} and simulator.calls("message/send") == {}


def test_families_register_meanwhile(account, client):
    damage(*SECRETS)
    person = make_person("contact")
    client.force_login(make_sign_in(person))
    assert client.get("/WeChatRegistration/Step1").status_code == 200


def test_a_callback_whose_key_is_lost_is_refused(account):
    damage("callback_token", "callback_aes_key")
    assert EnterpriseAccount.objects.the().is_linked
    answer = Client().post(reverse("wechat-callback"), b"<xml><Encrypt>x</Encrypt></xml>", content_type="text/xml")
    assert answer.status_code == 403


def test_a_token_that_cannot_be_read_is_fetched_anew(account):
    store = DatabaseTokenStore()
    store.may_refresh("key")
    store.save("key", "a token", 7200)
    Token.objects.update(token=Secret("x"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wechat_admin_token SET token = 'damaged'")
    assert store.current("key") is None
    assert store.may_refresh("key")


def test_no_row_of_the_check_stays_green_and_none_red_for_longer(account, doorbells, committed, settings, simulator):
    def sweep():
        with committed():
            sweeps.check_when_a_secret_becomes_unreadable_or_readable()

    check_connection()
    sweep()
    assert doorbells == []
    known, settings.PORTAL_KEYS = settings.PORTAL_KEYS, ANOTHER
    sweep()
    check_connection()
    row = Check.objects.get(name=Check.Name.APPLICATION_TOKEN)
    assert row.state == Check.State.BAD and finding(row).sentence == "What is stored cannot be read any more."
    sweep()
    settings.PORTAL_KEYS = known
    sweep()
    assert doorbells == [CHECK_CONNECTION] * 2


def test_without_the_secret_key_of_before_everybody_signs_in_again_and_nothing_fails(settings):
    user = make_sign_in(make_person("staff"), username="pat", password="right-password", options=["messaging.write"])
    browser = Client(raise_request_exception=False)
    sign_in = {"username": "pat", "password": "right-password"}
    assert browser.post("/sign-in/", sign_in).status_code == 302 and "known-browser" in browser.cookies
    draft = make_message(user, status="draft")
    page(browser, "messaging:check", pk=draft.pk)
    settings.SECRET_KEY = "q8ks2xw0b7h3y5n1v9q8ks2xw0b7h3y5n1v9"
    for path in ("/", "/my-details/", "/messaging/new/", f"/messaging/{draft.pk}/"):
        assert browser.get(path).url.startswith("/sign-in/")
    assert browser.post("/sign-in/", sign_in).status_code == 302
    assert browser.get("/my-details/").status_code == 200
