"""Which pupils may register, and a guardian's consent."""

import pytest
from django.urls import reverse

from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from portal.people.models import Person, Relationship
from registration.demo import make_registration
from registration.invitations.invitees import Outcome, chosen, count
from registration.models import GuardianConsent, Registration, YearRule
from registration.overview.progress import Progress
from registration.years.actions import end_consents_of_former_guardians, give_consent, withdraw_consent

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
    event = AuditEvent.objects.get(act="changed which years' pupils may register")
    assert event.details["before"] == {"Year 7": ["may"], "Year 8": ["may"]}
    assert event.details["after"] == {"Year 7": [], "Year 8": ["may", "consent"]}
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


def test_who_is_no_person_of_the_school_consents_for_nobody(client, administrator):
    pupil, year = pupil_of_year_7()
    YearRule.objects.create(year=year, needs_consent=True)
    answer = client.post(reverse("registration:consent", args=[pupil.pk]), {"consent": "1"})
    assert answer.status_code == 404 and not GuardianConsent.objects.exists()


def consented(pupil, year, *kinds):
    YearRule.objects.create(year=year, needs_consent=True)
    links = [relate(make_person("contact"), pupil, kind=kind) for kind in kinds]
    for link in links:
        give_consent(pupil=pupil, guardian=link.contact, language="en", by=None)
    return links


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.delete(),
        lambda link: Relationship.objects.filter(pk=link.pk).update(kind="other"),
        lambda link: Relationship.objects.filter(pk=link.pk).update(may_see_data=False),
        lambda link: Person.objects.filter(pk=link.contact_id).update(is_contact=False, is_staff_member=True),
    ],
)
def test_a_consent_ends_with_the_guardian_and_the_last_ones_end_takes_the_registration_along(change):
    pupil, year = pupil_of_year_7()
    mother, father = consented(pupil, year, "mother", "father")
    registration = make_registration(pupil)
    end_consents_of_former_guardians()
    assert GuardianConsent.objects.standing().count() == 2
    change(father)
    end_consents_of_former_guardians()
    assert GuardianConsent.objects.standing().get().guardian == mother.contact
    assert Registration.objects.open().filter(pk=registration.pk).exists()
    change(mother)
    end_consents_of_former_guardians()
    end_consents_of_former_guardians()
    assert not GuardianConsent.objects.standing().exists()
    assert not Registration.objects.open().filter(pk=registration.pk).exists()
    assert AuditEvent.objects.filter(act="lost the consent of a former guardian").count() == 2


def test_a_registration_goes_on_while_another_guardian_consents():
    pupil, year = pupil_of_year_7()
    mother, father = (link.contact for link in consented(pupil, year, "mother", "father"))
    registration = make_registration(pupil)
    withdraw_consent(pupil=pupil, guardian=mother, by=None)
    registration.refresh_from_db()
    assert registration.status == Status.REGISTERED
    assert GuardianConsent.objects.standing().get().guardian == father
    withdraw_consent(pupil=pupil, guardian=mother, by=None)  # pressed once more
    assert AuditEvent.objects.filter(act="withdrew the consent that a pupil registers").count() == 1
    withdraw_consent(pupil=pupil, guardian=father, by=None)
    registration.refresh_from_db()
    assert registration.status == Status.WITHDRAWN


def test_a_registration_that_needs_no_consent_outlives_it():
    pupil, year = pupil_of_year_7(birth_year=1990)
    (mother,) = consented(pupil, year, "mother")
    YearRule.objects.update(needs_consent=False)
    make_registration(pupil)
    mother.delete()
    end_consents_of_former_guardians()
    assert Registration.objects.open().exists() and not GuardianConsent.objects.standing().exists()


def test_a_guardian_whose_row_was_merged_is_a_guardian_still():
    pupil, year = pupil_of_year_7()
    (mother,) = consented(pupil, year, "mother")
    gone = mother.contact
    kept = make_person("contact")
    Relationship.objects.filter(pk=mother.pk).update(contact=kept)
    Person.everybody.filter(pk=gone.pk).update(merged_into=kept)
    end_consents_of_former_guardians()
    assert GuardianConsent.objects.standing().exists()
