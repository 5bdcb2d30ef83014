"""Whoever may release and not write: a menu, the list, the whole message, and both buttons."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import Message
from portal.access.demo import make_sign_in
from portal.people.demo import make_person

from .desk import address, registered, said

pytestmark = pytest.mark.django_db
AWAITING = Message.Status.AWAITING


@pytest.fixture
def second(client):
    user = make_sign_in(make_person("staff", given_name="Second"), options=["messaging.approve"])
    client.force_login(user)
    return user


def test_the_menu_leads_to_what_waits_and_from_there_to_exactly_it(client, second, author):
    message = make_message(author, status=AWAITING, urgent=True)
    assert reverse("messaging:waiting") in said(client.get(reverse("dashboard")))
    listed = said(client.get(reverse("messaging:waiting")))
    assert address("approve", message) in listed and client.get(address("approve", message)).status_code == 200


def test_nothing_there_leads_to_pages_that_refuse_them(client, second, author):
    registered()
    make_person("contact")
    message = make_message(author, status=AWAITING, rule={"include": [{"role": "contacts"}]}, urgent=True)
    for page in (reverse("messaging:waiting"), address("approve", message)):
        for place in set(said(client.get(page)).split('href="')[1:]):
            target = place.partition('"')[0].partition("#")[0].replace("&amp;", "&")
            if target.startswith("/") and not target.startswith("/static/"):
                assert client.get(target).status_code in (200, 302), target


def test_they_release_it(client, second, author):
    registered(2)
    message = make_message(author, status=AWAITING, urgent=True)
    page = client.get(address("approve", message))
    client.post(address("release", message), {"shown": page.context["shown"]})
    message.refresh_from_db()
    assert (message.status, message.released_by) == (Message.Status.PREPARING, second)


def test_they_send_it_back(client, second, author):
    message = make_message(author, status=AWAITING, urgent=True)
    page = client.get(address("approve", message))
    client.post(address("send-back", message), {"note": "The date is wrong.", "shown": page.context["shown"]})
    message.refresh_from_db()
    assert (message.status, message.sent_back_note) == (Message.Status.DRAFT, "The date is wrong.")


def test_every_language_stands_side_by_side(client, second, author):
    texts = {"zh-hans": "学校今天中午关门。", "zh-hant": "學校今天中午關門。"}
    message = make_message(author, text="The school closes at noon.", translations=texts, status=AWAITING)
    page = said(client.get(address("approve", message)))
    assert all(text in page for text in ["The school closes at noon.", *texts.values()])
    assert 'lang="zh-Hans"' in page


def test_they_read_the_time_the_author_saw(client, second, author):
    # Another hour than the one in which the message was handed in: that stands on the page too.
    at = (timezone.now() + timedelta(days=1, hours=3)).replace(minute=30, second=0, microsecond=0)
    message = make_message(author, status=AWAITING, wanted_at=at)
    page = client.get(address("approve", message))
    assert page.context["start_at"] == at and timezone.localtime(at).strftime("%H:30") in said(page)
