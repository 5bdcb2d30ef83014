"""Nobody gives what they do not hold; two hosts stay two; what names people is kept nowhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import menu
from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile, may_be_impersonated, without_options
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from portal.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def giver(client):
    user = make_sign_in(make_person("staff"), options=["access.manage_profiles", "people.view"])
    client.force_login(user)
    return user


def new_profile(*options):
    profile = actions.create_profile(name="Office", by=None)
    profile.set_options(options)
    return profile


def held_by(user):
    return User.objects.get(pk=user.pk).get_all_permissions()


# --- nobody gives what they do not hold ---


def test_a_holder_of_administrator_profiles_cannot_make_anybody_more_than_they_are(client, giver):
    other = make_sign_in(make_person("staff"))
    for profile in (Profile.objects.system_administrator(), new_profile("messaging.write", "people.view")):
        for user in (giver, other):
            page = client.post(reverse("add-holder", args=[profile.pk, user.pk]), {"shown": 0}, follow=True)
            assert "You cannot give what you have not been given yourself" in page.content.decode()
    assert held_by(other) == set() and held_by(giver) == {"access.manage_profiles", "people.view"}


def test_a_profile_gets_only_options_that_the_giver_holds_and_the_ticks_stay(client, giver):
    profile = new_profile()
    page = client.post(reverse("profile", args=[profile.pk]), {"options": ["people.view", "audit.view"], "seen": 0})
    html = page.content.decode()
    assert "You cannot give what you have not been given yourself: Audit trail." in html
    assert profile.options == [] and html.count(" checked") == 2
    client.post(reverse("profile", args=[profile.pk]), {"options": ["people.view"], "seen": 0})
    assert [option.permission for option in profile.options] == ["people.view"]


@pytest.mark.parametrize("how", ["added", "taken off", "copied", "held"])
def test_whoever_writes_to_their_own_groups_only_gives_nobody_more(client, how):
    limited = ["messaging.write", "messaging.own_groups"]
    giver = make_sign_in(make_person("staff"), options=["access.manage_profiles", *limited])
    client.force_login(giver)
    profile = new_profile(*{"added": [], "taken off": limited}.get(how, ["messaging.write"]))
    address, data = {
        "copied": (reverse("copy-profile", args=[profile.pk]), {}),
        "held": (reverse("add-holder", args=[profile.pk, make_sign_in(make_person("staff")).pk]), {"shown": 0}),
    }.get(how, (reverse("profile", args=[profile.pk]), {"options": ["messaging.write"], "seen": 0}))
    before = [profile.options, Profile.objects.count(), profile.holders.count()]
    assert "You hold these options with a limit" in client.post(address, data, follow=True).content.decode()
    assert [profile.options, Profile.objects.count(), profile.holders.count()] == before
    assert client.post(reverse("profile", args=[profile.pk]), {"options": limited, "seen": 0}).status_code == 302


def test_ones_own_profile_is_for_others_to_change(client, giver):
    own = giver.groups.get().profile
    page = client.post(reverse("profile", args=[own.pk]), {"options": ["access.manage_profiles"], "seen": 0})
    assert "You hold this profile yourself" in page.content.decode()
    client.post(reverse("add-holder", args=[new_profile("people.view").pk, giver.pk]), {"shown": 0})
    assert held_by(giver) == {"access.manage_profiles", "people.view"} and giver.groups.count() == 1


def test_only_a_system_administrator_unmakes_one(client, giver):
    make_administrator("second")
    administrator = make_administrator()
    profile = Profile.objects.system_administrator()
    client.post(reverse("remove-holder", args=[profile.pk, administrator.pk]))
    assert profile.holders.filter(pk=administrator.pk).exists()


def test_the_trail_says_what_was_given_and_taken(giver):
    profile = new_profile("people.view")
    actions.set_options(profile=profile, options=["audit.view"], seen=0, by=make_administrator())
    details = AuditEvent.objects.get(act="changed the options of a profile").details
    assert details == {"given": ["audit.view"], "taken": ["people.view"]}


def test_pupils_registration_and_disputed_numbers_are_two_options():
    labels = {option.permission: str(option.label) for option in menu.options()}
    assert labels["registration.set_years"] == "Pupils' registration"
    assert labels["registration.decide"] == "Disputed numbers"


# --- viewing as ---


@pytest.mark.parametrize("how", ["switched off", "left"])
def test_somebody_switched_off_or_gone_cannot_be_viewed_as(client, how):
    user = make_sign_in(
        make_person("contact", last_day=timezone.localdate() - timedelta(days=1) if how == "left" else None)
    )
    User.objects.filter(pk=user.pk).update(is_active=how == "left")
    user = User.objects.get(pk=user.pk)
    client.force_login(make_administrator())
    client.post(reverse("impersonate", args=[user.pk]), {"reason": "Asks for help"})
    assert not may_be_impersonated(user) and not without_options().filter(pk=user.pk).exists()
    assert "You are viewing as" not in client.get("/my-details/").content.decode()


def test_what_was_refused_while_viewing_as_somebody_is_in_the_trail(client):
    administrator, viewed = make_administrator(), make_sign_in(make_person("contact"))
    client.force_login(administrator)
    client.post(reverse("impersonate", args=[viewed.pk]), {"reason": "Asks for help"})
    client.post(reverse("registration:stop"))
    event = AuditEvent.objects.get(act="was refused while viewing as somebody else")
    assert (event.actor, event.subject, event.on_behalf_of) == (administrator, "registration:stop", f"user {viewed.pk}")


# --- two hosts ---


@pytest.mark.parametrize("host", ["FAMILIES.example", "families.example:8443", "families.example.", "other.example"])
def test_the_families_host_is_theirs_however_it_is_written_and_so_is_an_unknown_one(two_hosts, settings, host):
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(HTTP_HOST=host)
    client.force_login(make_administrator())
    assert client.get("/audit/").status_code == 404


@pytest.mark.parametrize("host", ["STAFF.example", "staff.example:8443", "staff.example."])
def test_the_staff_host_is_known_however_it_is_written(two_hosts, host):
    client = Client(HTTP_HOST=host)
    client.force_login(make_administrator())
    assert client.get("/audit/").status_code == 200


# --- kept nowhere ---


@pytest.mark.parametrize(
    "name", ["audit", "people", "accounts", "my-details", "registration:registrations", "messaging:sent"]
)
def test_no_page_of_somebody_signed_in_is_kept(client, name):
    user = make_administrator()
    person = make_person("staff")
    person.user = user
    person.save()
    client.force_login(user)
    assert "no-store" in client.get(reverse(name)).headers["Cache-Control"]
