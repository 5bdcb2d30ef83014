"""What somebody sees of their own registration, and stopping."""

import pytest
from django.urls import reverse

from registration.demo import make_registration

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
