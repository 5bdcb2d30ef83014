"""“Ready to send” is true only while everything that sends is there, and says what is not."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from portal.access.demo import make_administrator
from portal.health.models import Beat
from portal.people.demo import make_person
from registration.demo import make_registration
from wechat_admin.demo import make_account, make_checks
from wechat_admin.models import Check, SendingGate

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    client.force_login(make_administrator())


@pytest.fixture
def everything_is_there(all_of_us_work):
    make_account()
    make_checks()
    make_registration(make_person("contact"))


def line_of(client):
    """What the dashboard's list of tasks says behind “Ready to send”."""
    html = client.get("/").content.decode()
    return " ".join(html.partition("Ready to send")[2].partition("</li>")[0].split())


def test_ready(client, administrator, everything_is_there):
    assert "ready" in line_of(client) and "not yet" not in line_of(client)
    assert "Tell whoever runs the server" not in client.get("/").content.decode()


@pytest.mark.parametrize("process", ["worker", "sweeper"])
def test_not_while_one_of_us_is_silent(client, administrator, everything_is_there, process):
    Beat.objects.filter(process=process).update(at=Now() - timedelta(minutes=1))
    assert "not yet" in line_of(client) and process in line_of(client)
    assert "Tell whoever runs the server" in client.get("/").content.decode()


def test_not_while_the_account_is_held_or_paused(client, administrator, everything_is_there):
    SendingGate.objects.update(paused=True)
    assert "Sending is paused" in line_of(client)
    SendingGate.objects.update(paused=False, hold_code=60020)
    assert "Sending is held" in line_of(client) and "60020" in line_of(client)


def test_not_while_nobody_is_registered(client, administrator, all_of_us_work):
    make_account()
    make_checks()
    assert "Nobody is registered yet" in line_of(client)


@pytest.mark.parametrize("name", ["ADDRESS", "APPLICATION_TOKEN", "APPLICATION", "RANGE"])
@pytest.mark.parametrize("state", ["BAD", "NOT_CHECKED", "RUNNING"])
def test_not_while_something_that_sending_needs_is_not_in_order(
    client, administrator, everything_is_there, name, state
):
    make_checks(**{name: Check.State[state]})
    assert "not yet" in line_of(client) and str(Check.State[state].label) in line_of(client)


def test_not_on_the_strength_of_a_green_row_of_last_week(client, administrator, everything_is_there):
    Check.objects.update(at=Now() - timedelta(days=7))
    assert "not yet" in line_of(client) and "not checked" in line_of(client)


def test_a_small_range_is_to_be_looked_at_and_stops_nobody(client, administrator, everything_is_there):
    make_checks(RANGE=Check.State.WARNING)
    assert "not yet" not in line_of(client)
