import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person

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
        "same@school.example",
        f"{people[1].reference}-{people[1].pk}".lower(),
    ]


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
    client.post(reverse("impersonate", args=[viewed.pk]))
    client.get("/my-details/", headers={"accept-language": "zh-CN"})
    viewed.person.refresh_from_db()
    assert viewed.person.language == ""
