"""Where the public addresses are https: what comes over plain http is sent there, and nothing posted over it is taken."""

import pytest
from django.conf import settings
from django.core import checks
from django.test import Client, override_settings

from portal.access.demo import make_sign_in
from portal.people.demo import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def secure():
    with override_settings(
        PORTAL_URL="https://families.example",
        STAFF_URL="https://staff.example",
        SECURE=True,
        SECURE_HSTS_SECONDS=3600,
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    ):
        yield


@pytest.mark.parametrize("host", ["families.example", "staff.example", "staff.example:8000"])
def test_a_page_is_sent_to_the_same_page_over_https(secure, host):
    answer = Client(HTTP_HOST=host).get("/sign-in/?next=/a%20b")
    assert answer.status_code == 301
    assert answer.url == f"https://{host.removesuffix(':8000')}/sign-in/?next=/a%20b"


def test_nobody_is_sent_elsewhere(secure):
    client = Client(HTTP_HOST="staff.example")
    assert client.get("//evil.example/").url.startswith("https://staff.example/")
    assert Client(HTTP_HOST="evil.example").get("/sign-in/").status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_what_is_posted_over_plain_http_is_refused_and_not_sent_on(secure, method):
    make_sign_in(make_person("staff"), username="pat", password="right-password")
    client = Client(HTTP_HOST="staff.example")
    answer = getattr(client, method)("/sign-in/", {"username": "pat", "password": "right-password"})
    assert answer.status_code == 403 and "Location" not in answer.headers and not client.cookies


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_asked_over_plain_http(secure, path):
    assert Client(HTTP_HOST="staff.example").get(path).status_code in (200, 503)


def test_over_https_pages_come_with_the_word_to_stay_there(secure):
    answer = Client(HTTP_HOST="staff.example").get("/sign-in/", HTTP_X_FORWARDED_PROTO="https")
    assert answer.status_code == 200 and "max-age=3600" in answer.headers["Strict-Transport-Security"]


def test_a_proxy_that_is_not_ours_cannot_say_that_it_was_https():
    with override_settings(PORTAL_URL="https://testserver", STAFF_URL="https://testserver", SECURE=True):
        assert Client().get("/sign-in/", HTTP_X_FORWARDED_PROTO="https").status_code == 301


def test_where_the_addresses_are_http_nothing_is_sent_elsewhere(client):
    answer = client.get("/sign-in/")
    assert answer.status_code == 200 and "Strict-Transport-Security" not in answer.headers


def test_https_addresses_without_a_proxy_of_ours_are_pointed_out(secure):
    assert [found for found in checks.run_checks() if found.id == "portal.W001"] == []
    with override_settings(SECURE_PROXY_SSL_HEADER=None):
        assert [found.id for found in checks.run_checks() if found.id.startswith("portal.")] == ["portal.W001"]
    assert not settings.SILENCED_SYSTEM_CHECKS.count("portal.W001")
