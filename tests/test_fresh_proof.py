"""Before what can do much somebody proves anew that it is they; what they typed comes through it."""

import re
from html import unescape

import pytest
from django.urls import get_resolver, reverse

from portal import fresh_proof
from portal.access.demo import add_app, make_administrator, make_sign_in
from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.crypto import Secret
from portal.csv_files import MOST_WITHOUT_PROOF
from portal.people.demo import make_person
from registration.demo import make_registration
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

from .test_permissions import TABLE, names

pytestmark = pytest.mark.django_db
OURS = {"HTTP_ORIGIN": "http://testserver"}
PASSWORD = "a-long-password"
# What asks for it, by whether opening the page does already.
ASK_WHEN_POSTED = {
    *("profiles", "profile", "rename-profile", "delete-profile", "copy-profile", "ask-for-factor"),
    *("add-holder", "remove-holder", "impersonate", "remove-factors-of"),
    *("renew-recovery-codes", "remove-factor"),
    "erase",
    *("set-up-callback", "release-after-restore", "registration:print-letters"),
}
ASK_WHEN_OPENED = {"add-app", "add-passkey", "download-held"}


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def administrator(client):
    user = make_administrator(password=PASSWORD)
    client.force_login(user)
    return user


def forget_proof(client):
    session = client.session
    session["proved"] -= fresh_proof.LASTS
    session.save()


def hidden(response):
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    return {name: unescape(value) for name, value in pairs if name != "csrfmiddlewaretoken"}


def views(patterns=None, prefix=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns, prefix + (f"{pattern.namespace}:" if pattern.namespace else ""))
        else:
            yield prefix + (pattern.name or ""), pattern.callback


def test_every_view_that_asks_stands_here():
    marked = {name for name, view in views() if getattr(view, "asks_for_proof", False)}
    assert marked == ASK_WHEN_POSTED | ASK_WHEN_OPENED and marked <= set(names(get_resolver().url_patterns))


def test_each_asks_before_anything_is_done_and_none_while_the_proof_is_fresh(client, administrator):
    make_account()
    keys = {
        "profile": Profile.objects.system_administrator().pk,
        "other": make_sign_in(person := make_person("staff")).pk,
        "person": person.pk,
    }
    forget_proof(client)
    before, wrong = AuditEvent.objects.count(), []
    for name in sorted(ASK_WHEN_POSTED | ASK_WHEN_OPENED):
        address = reverse(name, kwargs={key: keys.get(value, value) for key, value in TABLE[name][0].items()})
        answer = client.get(address) if name in ASK_WHEN_OPENED else client.post(address, {"name": "x"})
        if answer.status_code != 401 or "Is it still you?" not in answer.content.decode():
            wrong.append(f"{name}: {answer.status_code}")
    assert wrong == [] and AuditEvent.objects.count() == before


def test_signing_in_is_a_proof_and_opening_pages_asks_for_none(client, administrator):
    profile = Profile.objects.system_administrator()
    forget_proof(client)
    assert client.get(reverse("profiles")).status_code == 200
    assert client.post(reverse("profile", args=[profile.pk]), {"q": "Ann"}).status_code == 200
    client.post("/sign-out/")
    client.post("/sign-in/", {"username": "administrator", "password": PASSWORD})
    assert client.post(reverse("profiles"), {"name": "Office"}).status_code == 302


def test_what_was_typed_is_sent_by_a_press_after_the_password(client, administrator):
    forget_proof(client)
    asked = client.post(reverse("profiles"), {"name": "Office & more"}, **OURS)
    wrong = client.post("/prove/", hidden(asked) | {"password": "wrong"})
    assert "That is not your password." in wrong.content.decode() and hidden(wrong)["typed"] == hidden(asked)["typed"]
    page = client.post("/prove/", hidden(wrong) | {"password": PASSWORD})
    assert not Profile.objects.filter(group__name="Office & more").exists()
    client.post(reverse("profiles"), hidden(page))
    assert Profile.objects.filter(group__name="Office & more").exists()
    assert "was given a wrong password for" in AuditEvent.objects.values_list("act", flat=True)


def test_a_page_opens_after_the_proof_and_a_code_is_one_too(client, administrator):
    code = add_app(administrator)
    forget_proof(client)
    asked = client.get(reverse("add-passkey"))
    answer = client.post("/prove/", hidden(asked) | {"code": code()})
    assert answer.url == reverse("add-passkey") and client.get(answer.url).status_code == 200


def test_nobody_is_led_to_another_site(client, administrator):
    for address in ("https://evil.example/", "//evil.example/", "news"):
        assert client.post("/prove/", {"password": PASSWORD, "next": address}).url == "/"


def test_wrong_proofs_are_counted_like_wrong_passwords(client, administrator):
    answers = [client.post("/prove/", {"password": "wrong"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


def test_the_accounts_secrets_ask_and_are_kept_unseen_meanwhile(client, administrator):
    account = make_account(application_secret="old-secret", qr_picture=b"a picture")
    address = reverse("wechat-administration")
    form = {"corporation_id": account.corporation_id, "version": account.version}
    forget_proof(client)
    asked = client.post(address, form | {"application_secret": "new-secret"}, **OURS)
    assert asked.status_code == 401 and "new-secret" not in asked.content.decode()
    page = client.post("/prove/", hidden(asked) | {"password": PASSWORD})
    assert "once more" not in page.content.decode() and "new-secret" not in str(dict(client.session))
    assert EnterpriseAccount.objects.get().application_secret == Secret("old-secret")


@pytest.mark.parametrize("extra", [0, 1])
def test_a_long_list_of_names_asks_and_a_short_one_does_not(client, administrator, extra):
    make_account()
    for _ in range(MOST_WITHOUT_PROOF + extra):
        make_registration(make_person("contact"))
    forget_proof(client)
    answer = client.get(reverse("registration:export"))
    assert answer.status_code == (401 if extra else 200)
    if extra:
        assert not AuditEvent.objects.filter(act="downloaded registrations").exists()
        page = client.post("/prove/", hidden(answer) | {"password": PASSWORD})
        assert f'href="{reverse("registration:export")}"' in page.content.decode()
        assert len(b"".join(client.get(reverse("registration:export")).streaming_content).splitlines()) > 51
