"""The page with the code, and moving on."""

import time

import pytest

from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions

from .helpers import Status, said, step

pytestmark = pytest.mark.django_db


def test_the_code_is_one_picture_of_a_real_address(client, contact, doorbells):
    make_registration(contact, Status.IN_WECOM)
    html = " ".join(said(client.get(step(3))).split())
    assert html.count("<img") == 1
    assert 'src="/WeChatRegistration/qr.png" width="240" height="240" alt="The QR code' in html
    assert client.get("/WeChatRegistration/qr.png").headers["Content-Type"] == "image/png"


def test_the_page_moves_on_by_itself_and_swaps_nothing_meanwhile(client, contact, doorbells):
    registration = make_registration(contact, Status.IN_WECOM)
    address = "/WeChatRegistration/Step3/state"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}?shown={registration.shown_state}").status_code == 204
    Registration.objects.update(status=Status.REGISTERED)
    assert client.get(address).headers["HX-Redirect"] == step(4)


AGENTS = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50 Language/zh_CN": "Press and hold",
    "Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537.36 wxwork/4.1 MicroMessenger/7.0": "Press and hold",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1": "Save the picture",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36": "Scan the code with WeChat on your phone",
}


@pytest.mark.parametrize(("agent", "first"), AGENTS.items())
def test_what_to_do_first_depends_on_where_the_page_is_open(client, contact, doorbells, agent, first):
    make_registration(contact, Status.IN_WECOM)
    html = said(client.get(step(3), headers={"user-agent": agent}))
    assert first in html.split("<strong>")[1].split("</strong>")[0]
    assert html.count("<img") == 1 and 'data-open-after="180"' in html


def test_after_ten_minutes_the_page_waits_for_a_press(client, contact, doorbells, committed):
    registration = make_registration(contact, Status.IN_WECOM)
    long_ago = int(time.time()) - 601
    address = f"/WeChatRegistration/Step3/state?shown={registration.shown_state}&since={long_ago}"
    with committed():
        html = said(client.get(address))
    assert "hx-get" not in html and "This page has stopped asking by itself." in html
    assert doorbells == []
    assert client.get("/WeChatRegistration/Step3/state?since=nonsense").status_code == 200


def test_looking_asks_wecom_no_more_than_once_in_three_seconds(contact, doorbells, committed):
    registration = make_registration(contact, Status.IN_WECOM)
    with committed():
        actions.ask(registration=registration)
    assert doorbells == ["registration.tasks.work"]
    Registration.objects.update(checked_at="2099-01-01T00:00:00Z", next_check_at=None)
    with committed():
        actions.ask(registration=registration)
    assert len(doorbells) == 1


@pytest.mark.parametrize(
    ("problem", "offers_change"),
    [(Problem.NUMBER_TAKEN, True), (Problem.BAD_NUMBER, True), (Problem.WECOM_UNAVAILABLE, False)],
)
def test_what_went_wrong_is_said_in_words(client, contact, problem, offers_change):
    make_registration(contact, Status.CONFIRMED, problem=problem)
    main = said(client.get(step(3))).split("<main")[1]
    assert str(problem.label).replace("'", "&#x27;") in main
    assert ("Change number" in main) is offers_change


def test_the_daily_limit_is_told_from_the_code_page_only(client, contact):
    registration = make_registration(contact, Status.STARTED)
    assert client.post("/WeChatRegistration/DailyLimit").url == step(2)
    registration.refresh_from_db()
    assert registration.limit_met_at is None
