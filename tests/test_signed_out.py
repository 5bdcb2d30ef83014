"""The session ends while somebody writes: what they typed comes through the sign-in."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from messaging.models import Message
from portal.access.demo import make_sign_in
from portal.people.demo import make_person

pytestmark = pytest.mark.django_db
OURS = {"HTTP_ORIGIN": "http://testserver"}
TYPED = {"do": "save", "text": 'Bring "boots" & a coat', "roles": ["contacts", "staff"]}
SIGN_IN = {"username": "pat", "password": "right-password"}


@pytest.fixture(autouse=True)
def pat():
    return make_sign_in(make_person("staff"), username="pat", password="right-password", options=["messaging.write"])


def hidden(response):
    html = response.content.decode()
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return [(name, unescape(value)) for name, value in pairs if name != "csrfmiddlewaretoken"]


def test_every_letter_is_there_after_signing_in_again_and_saved_by_a_press(client):
    page = client.post("/messaging/new/", TYPED, **OURS)
    assert page.status_code == 401 and "You have been signed out." in page.content.decode()
    typed = dict(hidden(page))["typed"]
    wrong = client.post("/sign-in/", SIGN_IN | {"password": "wrong", "typed": typed})
    assert dict(hidden(wrong))["typed"] == typed
    page = client.post("/sign-in/", SIGN_IN | {"typed": typed})
    assert 'action="/messaging/new/"' in page.content.decode() and not Message.objects.exists()
    again = {}
    for name, value in hidden(page):
        again.setdefault(name, []).append(value)
    client.post("/messaging/new/", again)
    message = Message.objects.get()
    assert message.text == TYPED["text"]
    assert message.audience == {"include": [{"role": "contacts"}, {"role": "staff"}]}


def test_signed_in_again_in_another_window_it_goes_on_too(client, pat):
    typed = dict(hidden(client.post("/messaging/new/", TYPED, **OURS)))["typed"]
    client.force_login(pat)
    page = client.post("/sign-in/", {"typed": typed})
    assert ("text", TYPED["text"]) in hidden(page)


def test_a_page_older_than_the_sign_in_keeps_what_was_typed(pat):
    client = Client(enforce_csrf_checks=True)
    client.force_login(pat)
    page = client.post("/messaging/new/", TYPED, **OURS)
    assert page.status_code == 403 and ("text", TYPED["text"]) in hidden(page)


def test_no_password_and_nothing_from_another_site_comes_along(client):
    page = client.post("/choose/", TYPED, HTTP_ORIGIN="http://evil.example")
    assert "boots" not in page.content.decode()
    page = client.post("/messaging/new/", TYPED, HTTP_ORIGIN="http://evil.example")
    assert page.status_code == 302
    page = client.post("/messaging/new/", TYPED | {"new_password1": "s3cret-words"}, **OURS)
    assert "s3cret-words" not in page.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "{",
        "[" * 50_000,
        "[]",
        '{"address": "/"}',
        json.dumps({"address": "https://evil.example/", "kept": [], "secrets": [], "files": []}),
        json.dumps({"address": "//evil.example/", "kept": [], "secrets": [], "files": []}),
        json.dumps({"address": "/", "kept": [["a"]], "secrets": [], "files": []}),
    ],
)
def test_what_we_did_not_fold_is_not_unfolded(client, typed):
    response = client.post("/sign-in/", SIGN_IN | {"typed": typed})
    assert response.status_code == 302 and response.url.startswith("/")
