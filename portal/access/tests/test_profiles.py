"""Profiles: copied, renamed, deleted, and what a change means said before it is made."""

import pytest
from django.urls import reverse

from portal import menu
from portal.access import actions, profiles
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from portal.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(make_administrator())
    return client


def make_profile(name="Office", options=("people.view",), holders=()):
    profile = actions.create_profile(name=name, by=None)
    profile.set_options(options)
    for holder in holders:
        holder.groups.add(profile.group)
    return profile


def holder(name, **options):
    return make_sign_in(make_person("staff", given_name=name, family_name=""), **options)


def permissions(user):
    return User.objects.get(pk=user.pk).get_all_permissions()


def save(client, profile, options, **more):
    return client.post(reverse("profile", args=[profile.pk]), {"options": options, "seen": 0} | more)


# --- what changes, and for whom ---


def test_a_profile_holds_what_it_was_given_and_no_other_option_of_the_same_app():
    looking, bringing = make_profile(), make_profile("Import", options=["people.import"])
    everything = Profile.objects.system_administrator()
    assert set(Profile.objects.holding("people.view")) == {looking, everything}
    assert set(Profile.objects.holding("people.import")) == {bringing, everything}


def test_what_saving_takes_and_gives_is_said_by_name_first_and_counts_at_the_next_page(office, client):
    grace, tom = holder("Grace"), holder("Tom", options=["people.view"])
    profile = make_profile(holders=[grace, tom])
    page = save(office, profile, ["audit.view"])
    html = " ".join(page.content.decode().split())
    assert "“Directory” is taken from: Grace" in html and "(another profile gives it to Tom anyway)" in html
    assert "“Audit trail” is given to: Grace, Tom" in html or "“Audit trail” is given to: Tom, Grace" in html
    assert permissions(grace) == {"people.view"}
    save(office, profile, ["audit.view"], confirmed=page.context["confirmed"])
    assert permissions(grace) == {"audit.view"} and permissions(tom) == {"audit.view", "people.view"}
    client.force_login(grace)
    assert client.get("/audit/").status_code == 200 and client.get("/people/").status_code == 403


def test_what_was_confirmed_is_what_is_saved(office):
    grace = holder("Grace")
    profile = make_profile(holders=[grace])
    confirmed = save(office, profile, ["audit.view"]).context["confirmed"]
    save(office, profile, ["audit.view", "messaging.write"], confirmed=confirmed)
    save(office, profile, ["audit.view"], confirmed="forged")
    assert permissions(grace) == {"people.view"}


def test_where_it_changes_nothing_for_anybody_one_press_saves(office):
    profile = make_profile()
    save(office, profile, ["audit.view"])
    assert [option.permission for option in profile.options] == ["audit.view"]


def test_every_option_says_what_it_grants():
    assert [option.permission for option in menu.options() if not str(option.hint)] == []


# --- copy, rename, delete ---


def test_a_copy_has_the_options_and_no_holders_and_two_presses_make_one(office):
    profile = make_profile(holders=[holder("Grace")])
    for _ in range(2):
        office.post(reverse("copy-profile", args=[profile.pk]))
    copy = Profile.objects.get(group__name="Copy of Office")
    assert [option.permission for option in copy.options] == ["people.view"] and not copy.holders.exists()


def test_nobody_copies_what_they_do_not_hold(client):
    client.force_login(make_sign_in(make_person("staff"), options=["access.manage_profiles"]))
    for profile in (make_profile(), Profile.objects.system_administrator()):
        page = client.post(reverse("copy-profile", args=[profile.pk]), follow=True)
        assert "You cannot give what you have not been given yourself" in page.content.decode()
    assert not Profile.objects.filter(group__name__startswith="Copy").exists()


def test_a_new_name_is_its_own_and_nobody_undoes_it_unseen(office):
    profile, _other = make_profile(), make_profile("Library")
    address = reverse("rename-profile", args=[profile.pk])
    assert "There is a profile with this name" in office.post(address, {"name": "LIBRARY", "seen": 0}).content.decode()
    office.post(address, {"name": "Front office", "seen": 0})
    assert "saved this in another window" in office.post(address, {"name": "Back office", "seen": 0}).content.decode()
    assert Profile.objects.get(pk=profile.pk).group.name == "Front office"
    assert office.post(address, {"name": "", "seen": 1}).status_code == 200


def test_deleting_names_who_loses_what_and_takes_it(office):
    grace = holder("Grace")
    profile = make_profile(holders=[grace])
    address = reverse("delete-profile", args=[profile.pk])
    html = " ".join(office.get(address).content.decode().split())
    assert "“Directory” is taken from: Grace" in html and permissions(grace)
    profile.group.user_set.add(holder("Late"))
    assert "Its holders have changed" in office.post(address, {"holder": [grace.pk]}, follow=True).content.decode()
    profile.group.user_set.remove(User.objects.get(person__given_name="Late"))
    office.post(address, {"holder": [grace.pk]})
    assert permissions(grace) == set() and not Profile.objects.filter(pk=profile.pk).exists()
    event = AuditEvent.objects.get(act="deleted a profile")
    assert event.details == {"options": ["people.view"], "holders": [f"user {grace.pk}"]}
    assert office.get(address).status_code == 404


def test_the_system_administrator_is_neither_renamed_nor_deleted(office):
    profile = Profile.objects.system_administrator()
    office.post(reverse("delete-profile", args=[profile.pk]), {"holder": [profile.holders.get().pk]})
    office.post(reverse("rename-profile", args=[profile.pk]), {"name": "X", "seen": 0})
    profile = Profile.objects.system_administrator()
    assert profile.group.name == "System Administrator"


def test_nobody_deletes_a_profile_they_hold_themselves(client):
    user = make_sign_in(make_person("staff"), options=["access.manage_profiles"])
    client.force_login(user)
    own = user.groups.get().profile
    client.post(reverse("delete-profile", args=[own.pk]), {"holder": [user.pk]})
    assert Profile.objects.filter(pk=own.pk).exists()


def test_effects_cost_the_same_for_one_holder_and_many(django_assert_max_num_queries):
    profile = make_profile(holders=[holder(f"H{number}") for number in range(20)])
    with django_assert_max_num_queries(8):
        profiles.effects(profile, ["audit.view"])
