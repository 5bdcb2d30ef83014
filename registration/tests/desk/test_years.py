"""Which pupils may register, and a guardian's consent."""

import pytest
from django.urls import reverse

from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration
from registration.invitations.invitees import Outcome, chosen, count
from registration.models import Registration, YearRule
from registration.overview.progress import Progress

from .helpers import numbers, said

pytestmark = pytest.mark.django_db
Status = Registration.Status
ADDRESS = "/application-setup/registrations/"
NAMES = "/application-setup/registrations/people/"


def pupil_of_year_7(**fields):
    pupil = make_person("pupil", given_name="Ming", **fields)
    year = make_group("year", "Year 7")
    make_group("form", "7A", parent=year, members=[pupil])
    return pupil, year


def test_the_years_are_switched_and_it_is_written_down(client, administrator):
    _, year = pupil_of_year_7()
    other = make_group("year", "Year 8")
    client.post(reverse("registration:years"), {"may": [other.pk], "consent": [other.pk]})
    rules = {rule.year: (rule.pupils_may_register, rule.needs_consent) for rule in YearRule.objects.all()}
    assert rules == {year: (False, False), other: (True, True)}
    assert AuditEvent.objects.filter(act="changed which years' pupils may register").count() == 1
    client.post(reverse("registration:years"), {"seen": 1, "may": [other.pk], "consent": [other.pk]})
    assert AuditEvent.objects.filter(act="changed which years' pupils may register").count() == 1


@pytest.mark.parametrize("wrong", ["999", "x", "9" * 5000])
def test_a_year_that_is_none_is_named_and_nothing_is_saved(client, administrator, wrong):
    _, year = pupil_of_year_7()
    response = client.post(reverse("registration:years"), {"may": [year.pk], "consent": [year.pk, wrong]})
    assert list(response.context["form"].errors) == ["consent"] and not YearRule.objects.exists()
    assert response.content.decode().count("checked") == 2


def test_a_pupil_of_a_year_switched_off_is_refused_in_words(client, administrator):
    pupil, year = pupil_of_year_7(email="ming@school.example")
    YearRule.objects.create(year=year, pupils_may_register=False)
    assert count(chosen(["pupils"], [])) == {Outcome.YEAR_CLOSED: 1}
    client.force_login(make_sign_in(pupil))
    response = client.get("/WeChatRegistration/Step1")
    assert response.status_code == 403 and "not open for pupils of your year" in said(response)
    assert client.post("/WeChatRegistration/Step1", {"agree": "on"}).status_code == 403
    assert not Registration.objects.exists()


def test_a_pupil_who_is_registered_stays_so_and_may_stop(client, administrator):
    pupil, year = pupil_of_year_7()
    make_registration(pupil)
    YearRule.objects.create(year=year, pupils_may_register=False)
    assert numbers(client.get(ADDRESS, {"role": "pupils"})) == {Progress.REGISTERED: 1}
    client.force_login(make_sign_in(pupil))
    assert client.get("/WeChatRegistration/Step4").status_code == 200
    assert client.post("/WeChatRegistration/Stop").status_code == 302
    assert client.get("/WeChatRegistration/Step1").status_code == 403


def test_a_guardian_consents_on_my_details_and_may_take_it_back(client, administrator):
    pupil, year = pupil_of_year_7()
    YearRule.objects.create(year=year, needs_consent=True)
    mother = make_person("contact")
    relate(mother, pupil)
    sign_in, consent = make_sign_in(pupil), reverse("registration:consent", args=[pupil.pk])
    client.force_login(sign_in)
    response = client.get("/WeChatRegistration/Step1")
    assert response.status_code == 403 and "A parent or guardian must agree first." in said(response)
    client.force_login(make_sign_in(mother))
    assert "I agree for Ming" in said(client.get(reverse("my-details")))
    client.post(consent, {"consent": "1"})
    client.post(consent, {"consent": "1"})
    assert "Take it back for Ming" in said(client.get(reverse("my-details")))
    client.force_login(sign_in)
    assert client.post("/WeChatRegistration/Step1", {"agree": "on"}).status_code == 302
    client.force_login(mother.user)
    client.post(consent, {"consent": "0"})
    assert not Registration.objects.open().exists()
    client.force_login(sign_in)
    assert client.get("/WeChatRegistration/Step1").status_code == 403


def test_only_a_guardian_of_the_pupil_may_consent(client, administrator):
    pupil, year = pupil_of_year_7()
    YearRule.objects.create(year=year, needs_consent=True)
    for fields in ({"kind": "other"}, {"may_see_data": False}):
        contact = make_person("contact")
        relate(contact, pupil, **{"kind": "mother"} | fields)
        client.force_login(make_sign_in(contact))
        assert client.post(reverse("registration:consent", args=[pupil.pk]), {"consent": "1"}).status_code == 404
        assert "I agree for" not in said(client.get(reverse("my-details")))
