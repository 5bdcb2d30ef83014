"""Whoever left the school is signed in no more, from that day on; the last System Administrator always is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access import actions
from portal.access.backends import has_left_for_good
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile, may_be_impersonated
from portal.people.demo import make_person
from portal.people.models import Person

pytestmark = pytest.mark.django_db
SIGN_IN = {"username": "pat", "password": "right-password"}


@pytest.fixture
def pat():
    return make_sign_in(make_person("staff"), username="pat", password="right-password", options=["messaging.write"])


def leave(user, days=-1):
    Person.objects.filter(user=user).end(timezone.localdate() + timedelta(days=days))


def test_a_leaver_does_not_sign_in(client, pat):
    leave(pat)
    assert client.post("/sign-in/", SIGN_IN).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_session_that_stands_ends_with_the_next_page(client, pat):
    client.post("/sign-in/", SIGN_IN)
    assert client.get("/messaging/").status_code == 200
    leave(pat)
    assert client.get("/messaging/").url.startswith("/sign-in/")


def test_until_the_day_comes_nothing_changes_and_who_is_back_signs_in_again(client, pat):
    leave(pat, days=0)
    assert client.post("/sign-in/", SIGN_IN).status_code == 302
    leave(pat)
    assert client.get("/messaging/").status_code == 302
    Person.objects.end(None)
    assert client.post("/sign-in/", SIGN_IN).status_code == 302
    assert client.get("/messaging/").status_code == 200


def administrator():
    user = make_sign_in(make_person("staff"))
    user.groups.add(Profile.objects.system_administrator().group)
    return user


def test_the_last_system_administrator_is_never_shut_out(client):
    first, second = administrator(), administrator()
    leave(first)
    assert has_left_for_good(Profile.objects.system_administrator().holders.get(pk=first.pk))
    leave(second)
    for user in Profile.objects.system_administrator().holders:
        assert not has_left_for_good(user), "of two who both left, neither is shut out"
    client.force_login(first)
    assert client.get("/").status_code == 200


def test_a_leaver_is_nobody_to_leave_the_profile_to():
    first, second = administrator(), administrator()
    leave(second)
    profile = Profile.objects.system_administrator()
    with pytest.raises(actions.AccessRefused, match="at least one"):
        actions.remove_holder(profile=profile, user=first, by=first)


def test_a_leaver_is_not_viewed_as():
    user = make_sign_in(make_person("contact"))
    assert may_be_impersonated(user)
    leave(user)
    user.refresh_from_db()
    assert not may_be_impersonated(type(user).objects.get(pk=user.pk))


def test_an_administrator_of_no_person_stays(client):
    client.force_login(make_administrator())
    assert client.get("/").status_code == 200
