"""A pupil below fourteen needs a guardian's consent: by the birth year, else by the mark of their school year."""

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from portal.school.models import SchoolSetting
from registration.demo import make_registration
from registration.models import GUARDIANS_TEXT, GuardianConsent, Registration, YearRule
from wechat_admin.demo import make_account

from .helpers import said

pytestmark = pytest.mark.django_db
STEP1 = "/WeChatRegistration/Step1"
NOTICE = "https://school.example/privacy"


@pytest.fixture(autouse=True)
def account():
    return make_account()


def pupil_of(*, age=None, above=None, **fields):
    """A pupil who turns `age` this year (None: unknown), of a year that is marked, is not, or (None) has no rule."""
    birth_year = None if age is None else timezone.localdate().year - age
    pupil = make_person("pupil", given_name="Ming", birth_year=birth_year, **fields)
    group = make_group("year", "Year 9")
    make_group("form", "9A", parent=group, members=[pupil])
    if above is not None:
        YearRule.objects.create(year=group, is_14_and_above=above)
    return pupil


def may_register(client, pupil):
    client.force_login(pupil.user or make_sign_in(pupil))
    page, posted = client.get(STEP1), client.post(STEP1, {"agree": "on"})
    assert (page.status_code, posted.status_code) in [(200, 302), (403, 403)]
    return page.status_code == 200


@pytest.mark.parametrize(
    ("age", "above", "may"),
    [
        (13, True, False),  # the birth year decides before the mark
        (14, True, False),  # of a year alone nobody knows the birthday
        (15, True, True),
        (15, False, True),
        (15, None, True),
        (None, True, True),
        (None, False, False),
        (None, None, False),  # nobody has said anything: younger
    ],
)
def test_who_needs_a_guardian(client, age, above, may):
    assert may_register(client, pupil_of(age=age, above=above)) is may


def test_a_year_in_which_the_school_asks_of_everybody_asks_of_the_old_too(client):
    pupil = pupil_of(age=17, above=True)
    YearRule.objects.update(needs_consent=True)
    assert not may_register(client, pupil)


def test_of_a_pupil_in_no_year_the_birth_year_alone_is_asked(client):
    assert not may_register(client, make_person("pupil", birth_year=None))
    assert may_register(client, make_person("pupil"))


def test_a_pupil_who_is_staff_or_a_contact_too_registers_as_that(client):
    assert may_register(client, pupil_of(age=13, is_staff_member=True))
    assert may_register(client, pupil_of(age=None, is_contact=True))


def test_a_registration_that_stands_stays(client, doorbells):
    pupil = pupil_of(age=12)
    make_registration(pupil)
    client.force_login(make_sign_in(pupil))
    assert client.get("/WeChatRegistration/Step4").status_code == 200
    assert Registration.objects.registered().filter(person=pupil).exists()


def test_the_guardian_reads_what_it_is_about_and_the_pupil_may_register(client):
    SchoolSetting.objects.create(name="privacy_notice", value=NOTICE)
    pupil, mother = pupil_of(age=13), make_person("contact")
    relate(mother, pupil)
    client.force_login(make_sign_in(mother))
    text = said(client.get(reverse("my-details"))).split('class="consent"')[1].split("</form>")[0]
    for words in ("Tencent", "name, mobile number", "e-mail address", "so that WeChat can find them", NOTICE):
        assert words in " ".join(text.split()), words
    client.post(reverse("registration:consent", args=[pupil.pk]), {"consent": "1"})
    given = GuardianConsent.objects.get()
    assert (given.version, given.language) == (GUARDIANS_TEXT, "en")
    assert may_register(client, pupil)


def test_of_an_older_pupil_the_guardian_is_not_asked(client):
    pupil, mother = pupil_of(age=15), make_person("contact")
    relate(mother, pupil)
    client.force_login(make_sign_in(mother))
    assert "I agree for Ming" not in said(client.get(reverse("my-details")))
    assert client.post(reverse("registration:consent", args=[pupil.pk]), {"consent": "1"}).status_code == 404


@pytest.mark.parametrize("role", ["staff", "contact", "pupil"])
@pytest.mark.parametrize(
    ("language", "company", "number"),
    [("en", "Tencent", "your mobile number"), ("zh-hans", "腾讯", "手机号"), ("zh-hant", "騰訊", "手機號")],
)
def test_the_first_step_says_to_whom_what_and_why_on_every_road(client, role, language, company, number):
    SchoolSetting.objects.create(name="privacy_notice", value=NOTICE)
    client.force_login(make_sign_in(make_person(role)))
    page = " ".join(said(client.get(STEP1, headers={"Accept-Language": language})).split())
    assert company in page and number in page and NOTICE in page


def test_the_years_page_keeps_the_mark(client, administrator):
    years = [make_group("year", f"Year {number}") for number in (8, 9)]
    client.post(reverse("registration:years"), {"may": [year.pk for year in years], "above": [years[1].pk]})
    assert list(YearRule.objects.values_list("year", "is_14_and_above")) == [(years[1].pk, True)]
    page = said(client.get(reverse("registration:years")))
    assert f'name="above" value="{years[1].pk}" checked' in page
    assert f'name="above" value="{years[0].pk}" >' in page
