"""What would be unsafe does not start, and says why in a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
TENCENT = "https://qyapi.weixin.qq.com"
REAL = {"WECOM_API_BASE": TENCENT, "PORTAL_URL": "https://portal.school.example", "STAFF_URL": ""}


def start(**values):
    """What a start with these settings says on its last line; "" where it starts."""
    command = [sys.executable, "-c", "import portal.settings"]
    environment = os.environ | {"SENDING_TIME_SCALE": "1"} | values
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return ended.stderr.strip().rpartition("\n")[2] if ended.returncode else ""


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "change-me-change-me-change-me-change-me"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "django-insecure-q8!ks2x^w0b7)3h$y&n5j1v9"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "abc" * 20}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is empty"),
        ({"SECRET_KEY_FALLBACKS": "changeme"}, "SECRET_KEY_FALLBACKS holds a key that can be guessed"),
        ({"PORTAL_KEYS": "changeme"}, "PORTAL_KEYS must hold"),
        ({"PORTAL_KEYS": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="}, "The first of PORTAL_KEYS can be guessed"),
        ({"ALLOWED_HOSTS": "portal.school.example,*"}, "ALLOWED_HOSTS is *"),
        ({"ALLOWED_HOSTS": "portal.school.example, * "}, "ALLOWED_HOSTS is *"),
        ({"DEBUG": "True", "WECOM_API_BASE": TENCENT}, "DEBUG shows secrets"),
        ({"DEBUG": "True", "WECOM_API_BASE": f"{TENCENT}:443"}, "DEBUG shows secrets"),
        ({"DEBUG": "True", "WECOM_API_BASE": "https://QYAPI.weixin.qq.com."}, "DEBUG shows secrets"),
        ({"WECOM_API_BASE": "http://qyapi.weixin.qq.com"}, "WECOM_API_BASE must begin with https"),
        ({"WECOM_API_BASE": TENCENT, "SENDING_TIME_SCALE": "5"}, "SENDING_TIME_SCALE must be 1"),
        ({"ALLOW_SIMULATOR": "False"}, "ALLOW_SIMULATOR=True says that this is meant"),
        ({"WECOM_API_BASE": TENCENT}, "say ALLOW_HTTP=True"),
        (REAL | {"STAFF_URL": "http://staff.school.example"}, "say ALLOW_HTTP=True"),
        (REAL | {"PORTAL_URL": "http://portal.school.example"}, "say ALLOW_HTTP=True"),
        (REAL | {"STAFF_URL": "http://staff.lan", "ALLOW_HTTP": "True"}, "Use https for both"),
        ({"PORTAL_URL": "http://localhost", "STAFF_URL": "https://staff.school.example"}, "Use https for both"),
        ({"PORTAL_URL": "portal.school.example"}, "PORTAL_URL must be an address"),
        ({"ALLOW_SMALL_INSTALL": "False", "DATABASE_URL": "sqlite:///x"}, "say ALLOW_SMALL_INSTALL=True"),
        ({"ALLOW_SMALL_INSTALL": "False", "CELERY_BROKER_URL": "filesystem://"}, "say ALLOW_SMALL_INSTALL=True"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES is how many"),
        ({"TIME_ZONE": "China"}, "is not a time zone"),
        ({"EMAILS_A_MINUTE": "0"}, "EMAILS_A_MINUTE must be"),
    ],
)
def test_it_does_not_start(values, sentence):
    assert sentence in start(**values)


@pytest.mark.parametrize("values", [REAL, REAL | {"PORTAL_URL": "http://portal.lan", "ALLOW_HTTP": "True"}])
def test_what_is_meant_starts(values):
    assert start(**values) == ""


@pytest.fixture
def settings_with():
    """What settings of these values come to, of the names asked for."""

    def ask(*names, **values):
        code = f"import json, portal.settings as s; print(json.dumps([getattr(s, name) for name in {names!r}], default=str))"
        environment = os.environ | {"SENDING_TIME_SCALE": "1"} | values
        printed = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
        )
        return json.loads(printed.stdout)

    return ask


def test_a_password_may_be_made_of_any_characters_and_stand_in_a_file_with_a_lines_end(settings_with, tmp_path):
    odd = "pa/ss$wo%rd@:#?'\"ä"
    for name in ("redis", "database"):
        (tmp_path / name).write_text(f"{odd}\n")
    broker, caches, databases = settings_with(
        "CELERY_BROKER_READ_URL",
        "CACHES",
        "DATABASES",
        REDIS_PASSWORD_FILE=str(tmp_path / "redis"),
        DATABASE_PASSWORD_FILE=str(tmp_path / "database"),
        CELERY_BROKER_URL="redis://redis:6379/0",
        CACHE_URL="rediscache://redis:6379/1",
        DATABASE_URL="postgres://portal@db/portal",
    )
    for address in (broker, caches["default"]["LOCATION"]):
        assert unquote(urlsplit(address).password) == odd and urlsplit(address).port == 6379
    assert databases["default"]["PASSWORD"] == odd and databases["default"]["HOST"] == "db"


def test_the_hosts_are_those_of_the_two_addresses_and_this_machine_for_a_monitor_beside_us(settings_with):
    addresses = {"PORTAL_URL": "https://families.school.example", "STAFF_URL": "https://staff.school.example"}
    hosts = settings_with("ALLOWED_HOSTS", ALLOWED_HOSTS="", **addresses)
    assert hosts == [["families.school.example", "staff.school.example", "127.0.0.1"]]


def test_a_file_that_cannot_be_read_is_named():
    assert "cannot read /nowhere/key" in start(SECRET_KEY_FILE="/nowhere/key")


def test_an_old_secret_key_is_still_believed():
    assert start(SECRET_KEY_FALLBACKS="of-before-0123456789abcdef") == ""
