"""What somebody sees of their own registration, and stopping."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from portal.access.demo import make_administrator, make_viewing
from registration.demo import make_registration
from registration.models import Problem, Registration

from .helpers import Status, said, step

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"status": Status.STARTED}, "started"),
        ({"status": Status.IN_WECOM}, "not yet scanned the code"),
        ({"no_longer_at": "2026-01-01T00:00:00Z"}, "not registered any more"),
    ],
)
def test_my_details_says_how_far_one_is(client, contact, fields, word):
    make_registration(contact, **fields)
    html = said(client.get("/my-details/"))
    assert word in html and "Weixin / WeChat registration" in html


def test_whoever_wecom_has_lost_is_told_to_register_again_and_asked_for_the_number(client, contact):
    make_registration(contact, Status.STARTED, problem=Problem.REGISTER_AGAIN, mobile=contact.mobile)
    html = said(client.get("/my-details/"))
    assert "not registered any more" in html and "Register again: give your number here." in html
    assert client.get(step(1)).url == step(2)
    assert "Register again: give your number here." in said(client.get(step(2)))


def test_whoever_is_in_doubt_is_not_told_that_they_receive_messages(client, contact):
    make_registration(contact, doubts=1, problem=Problem.UNREACHED)
    for page in ("/my-details/", step(4)):
        assert "nothing is sent to you meanwhile" in said(client.get(page))
    assert "You receive the school" not in said(client.get("/my-details/"))


def test_my_details_says_what_is_kept_and_when_one_agreed(client, contact):
    make_registration(contact, userid="sp-C7")
    html = said(client.get(reverse("my-details")))
    assert "What is kept about this" in html and "sp-C7" in html and "2026-11" in html
    assert "+86 •••• 8000" in html


def test_stopping_is_one_press_and_registering_again_keeps_the_history(client, contact):
    make_registration(contact)
    assert "Stop receiving messages?" in said(client.get("/WeChatRegistration/Stop"))
    client.post("/WeChatRegistration/Stop")
    assert "You no longer receive messages. Register again any time." in said(client.get("/my-details/"))
    client.post(step(1), {"agree": "on"})
    old, new = contact.registrations.order_by("pk")
    assert (old.status, new.status) == (Status.WITHDRAWN, Status.STARTED)
    assert old.userid == new.userid and new.created_by_us


# --- somebody registered says that no message comes ---

NOTHING_CAME = "/WeChatRegistration/NothingCame"


def test_step_4_names_the_four_switches_and_what_was_looked_at_is_told(client, contact):
    registration = make_registration(contact)
    html = said(client.get(step(4)))
    for name in ("仅在企业微信中接收消息", "接收应用消息", "停用的应用", "微信插件"):
        assert name in html
    response = client.post(NOTHING_CAME, {"tried": ["wecom_only", "stopped"]}, follow=True)
    assert "We have told the school." in said(response) and "You have told the school:" in said(response)
    registration.refresh_from_db()
    assert registration.nothing_came_tried == "wecom_only stopped"


def test_nobody_says_twice_a_day_that_nothing_came_not_even_after_registering_anew(client, contact):
    registration = make_registration(contact)
    client.post(NOTHING_CAME)
    assert "again tomorrow" in said(client.post(NOTHING_CAME, {"tried": ["stopped"]}, follow=True))
    registration.refresh_from_db()
    assert registration.nothing_came_tried == ""
    Registration.objects.update(status=Status.WITHDRAWN)
    make_registration(contact)
    assert "again tomorrow" in said(client.post(NOTHING_CAME, follow=True))
    Registration.objects.update(nothing_came_at=Now() - timedelta(hours=25))
    assert "We have told the school." in said(client.post(NOTHING_CAME, follow=True))


def test_whoever_is_not_registered_cannot_say_that_nothing_came(client, contact):
    registration = make_registration(contact, Status.IN_WECOM)
    assert client.post(NOTHING_CAME).url == step(3)
    registration.refresh_from_db()
    assert registration.nothing_came_at is None and "NothingCame" not in said(client.get(step(3)))


def test_a_switch_that_there_is_not_tells_nothing(client, contact):
    registration = make_registration(contact)
    assert client.post(NOTHING_CAME, {"tried": ["moon"]}).url == step(4)
    registration.refresh_from_db()
    assert registration.nothing_came_at is None


def test_nobody_says_it_for_the_person_they_view_as(client, contact):
    registration = make_registration(contact)
    administrator = make_administrator()
    client.force_login(administrator)
    session = client.session
    session.update(make_viewing(contact.user, by=administrator))
    session.save()
    assert "NothingCame" not in said(client.get(step(4)))
    assert client.post(NOTHING_CAME).status_code == 403
    registration.refresh_from_db()
    assert registration.nothing_came_at is None
