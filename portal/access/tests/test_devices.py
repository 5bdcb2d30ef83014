"""Where somebody is signed in: a browser not known before is told, idle sessions end, all others can be ended."""

import time

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from portal import causes
from portal.access import devices, sessions
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import permissions_for
from portal.mail.sending import send_due
from portal.people.demo import make_person

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"
ON_WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
)
ON_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1"
)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ann():
    person = make_person("staff", email="ann@school.example")
    return make_sign_in(person, username="ann", password=PASSWORD, options=["messaging.write"])


def signed_in(username="ann", agent=ON_WINDOWS, client=None):
    client = client or Client(HTTP_USER_AGENT=agent)
    client.post("/sign-in/", {"username": username, "password": PASSWORD})
    return client


def idle_for(client, minutes):
    session = client.session
    session["last used"] = int(time.time()) - minutes * 60
    session.save()


def is_in(client, **more):
    return client.get("/my-details/", **more).status_code == 200


def letters():
    send_due()
    return [(letter.to, letter.subject) for letter in mail.outbox]


# --- told ---


def test_a_browser_not_known_before_is_told_and_one_that_is_known_is_not(ann):
    own = signed_in()
    own.post("/sign-out/")
    signed_in(client=own)
    assert letters() == []
    signed_in(agent=ON_IPHONE)
    assert letters() == [
        (["ann@school.example"], "A browser not known before signed in as you at Harbour Bridge School")
    ]
    assert "Safari, iPhone" in mail.outbox[0].body


def test_families_are_not_written_to_about_their_browsers():
    make_sign_in(make_person("contact", email="c@family.example"), username="ann", password=PASSWORD)
    signed_in()
    signed_in(agent=ON_IPHONE)
    assert letters() == []


def test_a_system_administrator_finds_it_among_the_notices_too():
    administrator = make_administrator(password=PASSWORD)
    signed_in("administrator")
    signed_in("administrator", agent=ON_IPHONE)
    kind = causes.kind("access.new_browser")
    [(subject, cause)] = kind.causes().items()
    assert cause.to == [administrator.pk] and "Safari, iPhone" in kind.sentence(subject)


# --- shown and ended ---


def test_my_details_names_browsers_and_ends_all_others_at_once(ann):
    here, there = signed_in(), signed_in(agent=ON_IPHONE)
    page = here.get("/my-details/").content.decode()
    assert "Chrome, Windows" in page and "Safari, iPhone" in page and "Last used" in page
    here.post(reverse("sign-out-elsewhere"))
    assert is_in(here) and not is_in(there)
    assert "Sign out everywhere else" not in here.get("/my-details/").content.decode()


def test_when_a_session_was_last_used_is_written_once_a_minute(ann, django_assert_num_queries):
    client = signed_in()
    before = sessions.open_sessions(ann).get().seen_at
    is_in(client)
    assert sessions.open_sessions(ann).get().seen_at == before
    idle_for(client, 2)
    is_in(client)
    assert sessions.open_sessions(ann).get().seen_at > before


# --- idle ---


def test_an_idle_session_of_a_holder_ends_and_says_why_once(ann):
    client = signed_in()
    idle_for(client, 29)
    assert is_in(client)
    idle_for(client, 31)
    page = client.get("/my-details/", follow=True).content.decode()
    assert "nothing happened for a while" in page
    assert "nothing happened for a while" not in client.get("/sign-in/").content.decode()


def test_the_school_sets_how_long_and_families_stay_signed_in(client, ann):
    client.force_login(make_administrator())
    client.post("/application-setup/school/", {"idle_minutes": 60, "seen": 0})
    own = signed_in()
    idle_for(own, 59)
    assert is_in(own)
    make_sign_in(make_person("contact"), username="wei", password=PASSWORD)
    family = signed_in("wei")
    idle_for(family, 300)
    assert is_in(family)


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(ann):
    client = signed_in()
    idle_for(client, 29)
    is_in(client, HTTP_HX_REQUEST="true")
    assert time.time() - client.session[devices._KEY] > 28 * 60


def test_what_a_holder_was_writing_when_it_ended_comes_through_signing_in(ann):
    client = signed_in()
    idle_for(client, 31)
    page = client.post("/messaging/new/", {"do": "save", "text": "Bring boots"}, HTTP_ORIGIN="http://testserver")
    assert page.status_code == 401 and "Bring boots" in page.content.decode()


# --- kept signed in ---


@pytest.fixture
def parent():
    return make_sign_in(make_person("contact", email="wei@family.example"), username="wei", password=PASSWORD)


def kept(username="wei", keep="on"):
    client = Client(HTTP_USER_AGENT=ON_IPHONE)
    page = client.post("/sign-in/", {"username": username, "password": PASSWORD, "keep": keep}, follow=True)
    return client, page.content.decode()


def days_left(client):
    return client.session.get_expiry_age() / 86400


def test_a_parent_who_ticks_it_stays_signed_in_for_30_days_and_using_it_moves_no_day(parent):
    client, _page = kept()
    assert 29.9 < days_left(client) <= 30
    until = client.session.get_expiry_date()
    assert client.cookies["sessionid"]["max-age"] > 29 * 86400
    idle_for(client, 3 * 24 * 60)
    assert is_in(client)
    assert client.session.get_expiry_date() == until


def test_until_when_it_is_kept_stands_on_my_details_beside_it_alone(parent):
    client, _page = kept()
    kept(keep="")
    page = " ".join(client.get("/my-details/").content.decode().split())
    until = date_format(localtime(client.session.get_expiry_date()), "DATETIME_FORMAT")
    assert page.count("stays signed in until") == 1 and f"stays signed in until {until}" in page


def test_who_does_not_tick_it_is_signed_in_for_half_a_day(parent):
    client, _page = kept(keep="")
    assert days_left(client) <= 0.5


def test_staff_and_holders_are_not_kept_and_are_told(ann):
    make_sign_in(make_person("staff"), username="tom", password=PASSWORD)
    for name in ("ann", "tom"):
        client, page = kept(name)
        assert days_left(client) <= 0.5 and "Staff are not kept signed in" in page


def test_a_kept_session_ends_at_the_next_page_after_its_holder_was_given_an_option(parent):
    client, _page = kept()
    parent.user_permissions.add(*permissions_for(["people.view"]))
    page = client.get("/my-details/", follow=True).content.decode()
    assert "staff are not kept signed in for 30 days" in page and not is_in(client)
    parent.user_permissions.clear()
    assert not is_in(client)


def test_a_kept_session_ends_at_the_next_page_after_its_holder_began_to_work_here(parent):
    client, _page = kept()
    parent.person.is_staff_member = True
    parent.person.save()
    assert not is_in(client)


def test_a_new_password_and_sign_out_everywhere_end_a_kept_session(parent):
    first, second = kept()[0], kept()[0]
    first.post(reverse("sign-out-everywhere"))
    assert not is_in(first) and not is_in(second)
    third, _page = kept()
    parent.set_password("another-long-password")
    parent.save()
    assert not is_in(third)


def test_the_next_sign_in_on_the_same_phone_is_kept_only_if_it_is_ticked_again(parent):
    client, _page = kept()
    client.post("/sign-out/")
    client.post("/sign-in/", {"username": "wei", "password": PASSWORD})
    assert is_in(client) and days_left(client) <= 0.5
