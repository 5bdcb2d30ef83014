from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.access import actions, letters
from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from portal.people.models import User

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def no_attempts():
    cache.clear()


# --- how a name is typed ---


@pytest.mark.parametrize(
    "typed",
    [
        "wei.li@family.example",
        "Wei.Li@family.example",
        "WEI.LI@FAMILY.EXAMPLE",
        "wei.li@family.example ",
        " wei.li@family.example\u200b",
        "ｗei.li＠family.example",
    ],
)
def test_a_sign_in_is_found_in_any_spelling_of_case_width_and_blanks(client, typed):
    make_sign_in(make_person("contact"), username="wei.li@family.example", password="a-long-password")
    assert client.post(SIGN_IN, {"username": typed, "password": "a-long-password"}).status_code == 302


def test_of_two_names_that_differ_in_case_each_is_found_by_its_own_spelling(client):
    make_sign_in(make_person(), username="Ann", password="the-first-password")
    make_sign_in(make_person(), username="ann", password="the-other-password")
    assert client.post(SIGN_IN, {"username": "ANN", "password": "the-other-password"}).status_code == 200
    assert client.post(SIGN_IN, {"username": "ann", "password": "the-other-password"}).status_code == 302


def test_wrong_passwords_for_one_name_in_several_spellings_are_counted_together(client):
    make_sign_in(make_person(), username="ann@school.example", password="a-long-password")
    for number in range(10):
        name = "ann@school.example" if number % 2 else "ＡNN@School.example"
        client.post(SIGN_IN, {"username": name, "password": "wrong"})
    page = client.post(SIGN_IN, {"username": "Ann@school.example", "password": "a-long-password"})
    assert "Too many attempts" in page.content.decode()


def test_a_sign_in_is_made_for_everybody_even_where_their_names_are_taken():
    people = [make_person(email="same@school.example") for _ in range(2)]
    make_sign_in(username=people[1].reference.lower())
    assert [actions.create_sign_in(person=person).username for person in people] == [
        people[0].reference.lower(),
        f"{people[1].reference}-{people[1].pk}".lower(),
    ]


# --- the address on record ---

PASSWORD = "a-long-password"


def signs_in(name, password=PASSWORD):
    return Client().post(SIGN_IN, {"username": name, "password": password}).status_code == 302


def with_password(person, **options):
    user = actions.create_sign_in(person=person) if not options else make_sign_in(person, **options)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_person_signs_in_by_the_address_of_today_and_not_by_the_one_it_replaced():
    mother = make_person("contact", reference="C0077", email="Old@family.example")
    with_password(mother)
    assert signs_in("OLD@Family.example") and signs_in("ｃ0077 ")
    mother.email = "new@family.example"
    mother.save()
    assert signs_in("NEW@family.example") and signs_in("C0077") and not signs_in("old@family.example")


def test_two_parents_with_one_address_sign_in_by_reference_and_the_page_says_so(client):
    parents = [make_person("contact", reference=f"C008{n}", email="both@family.example") for n in (1, 2)]
    users = [with_password(parent) for parent in parents]
    page = client.post(SIGN_IN, {"username": "both@family.example", "password": PASSWORD})
    assert "writes their reference" in page.content.decode()
    for parent, user in zip(parents, users, strict=True):
        client.post(SIGN_IN, {"username": parent.reference.lower(), "password": PASSWORD})
        assert client.get("/my-details/").context["user"] == user
        client.post("/sign-out/")


def test_whoever_edits_an_administrators_record_does_not_become_one():
    teacher = make_person("staff", email="ann@school.example")
    user = with_password(teacher, options=["people.view"])
    teacher.email = "stranger@elsewhere.example"
    teacher.save()
    assert signs_in("ann@school.example") and not signs_in("stranger@elsewhere.example")
    assert letters.sign_ins_of("stranger@elsewhere.example") == []
    assert letters.address_of(user) == "ann@school.example"


def test_the_address_of_the_day_somebody_is_given_a_profile_stays_that_of_their_sign_in():
    teacher = make_person("staff", email="first@school.example")
    user = with_password(teacher)
    teacher.email = "second@school.example"
    teacher.save()
    profile = actions.create_profile(name="Office", by=None)
    actions.add_holder(profile=profile, user=user, by=None)
    teacher.email = "third@school.example"
    teacher.save()
    actions.set_options(profile=profile, options=["people.view"], seen=0, by=None)
    teacher.email = "stranger@elsewhere.example"
    teacher.save()
    assert letters.sign_ins_of("third@school.example") == [user]
    assert letters.sign_ins_of("stranger@elsewhere.example") == []


def test_sign_ins_named_by_a_copy_of_an_address_are_named_by_reference_and_chosen_names_stay():
    mother, father, teacher = make_person("contact"), make_person("contact"), make_person("staff")
    for person, name in ((mother, "wei@family.example"), (father, "father"), (teacher, "t@chosen")):
        make_sign_in(person, username=name)
    User.objects.filter(person=mother).update(email="Wei@family.example")
    import_module("portal.access.migrations.0003_sign_ins_by_reference").name_by_reference(apps, None)
    assert set(User.objects.values_list("username", flat=True)) == {mother.reference.lower(), "father", "t@chosen"}


# --- the language ---


def test_an_unknown_language_follows_the_browser_once_and_is_kept(client):
    person = make_person("contact", language="")
    client.force_login(make_sign_in(person))
    client.get("/my-details/", headers={"accept-language": "zh-CN"})
    client.get("/my-details/", headers={"accept-language": "en"})
    other_browser = Client()
    other_browser.force_login(person.user)
    other_browser.get("/my-details/", headers={"accept-language": "zh-TW"})
    person.refresh_from_db()
    assert (person.language, person.language_is_chosen) == ("zh-hans", False)


def test_a_language_on_record_does_not_follow_the_browser(client):
    person = make_person("contact", language="zh-hant")
    client.force_login(make_sign_in(person))
    client.get("/my-details/", headers={"accept-language": "en"})
    person.refresh_from_db()
    assert person.language == "zh-hant"


def test_an_administrators_browser_says_nothing_about_whom_they_view_as(client):
    viewed = make_sign_in(make_person("contact", language=""))
    client.force_login(make_administrator())
    client.post(reverse("impersonate", args=[viewed.pk]), {"reason": "Asks for help"})
    client.get("/my-details/", headers={"accept-language": "zh-CN"})
    viewed.person.refresh_from_db()
    assert viewed.person.language == ""
