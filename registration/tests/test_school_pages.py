"""What the school sees: the numbers add up to the roll, names stand behind each, and every case has its remedy."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from registration.at_wecom import entering
from registration.cases import actions as cases
from registration.demo import make_registration
from registration.invitations import mailing
from registration.invitations.invitees import Outcome, chosen, count
from registration.models import Invitation, InvitationRun, Opened, Problem, Registration, YearRule
from registration.overview.standing import Standing
from registration.steps import actions as step_actions
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
Status = Registration.Status
ADDRESS = "/application-setup/registrations/"
NAMES = "/application-setup/registrations/people/"


@pytest.fixture
def administrator(client, doorbells):
    make_account()
    user = make_administrator()
    client.force_login(user)
    return user


def said(response):
    return response.content.decode()


def numbers(response):
    return {state: number for state, number, _ in response.context["states"] if number}


def everybody_stands_somewhere():
    """One contact in every state there is."""
    account = make_account()
    make_person("contact", given_name="Never")
    run = InvitationRun.objects.create()
    Invitation.objects.create(run=run, person=make_person("contact", given_name="Invited"), state="sent")
    Opened.objects.create(person=make_person("contact", given_name="Opened"), account_key=account.account_key)
    make_registration(make_person("contact", given_name="Started"), Status.STARTED)
    make_registration(make_person("contact", given_name="Confirmed"), Status.CONFIRMED)
    make_registration(make_person("contact", given_name="Inwecom"), Status.IN_WECOM)
    make_registration(make_person("contact", given_name="Registered"))
    make_registration(make_person("contact", given_name="Nolonger"), no_longer_at=Now())
    make_registration(make_person("contact", given_name="Stopped"), Status.WITHDRAWN)
    relate(make_person("contact", given_name="Barred"), make_person("pupil"), may_receive_messages=False)


def test_everybody_is_counted_once_and_the_numbers_add_up_to_the_roll(client, administrator):
    everybody_stands_somewhere()
    response = client.get(ADDRESS, {"role": "contacts"})
    expected = dict.fromkeys(Standing, 1) | {Standing.OPENED: 2}
    assert numbers(response) == expected
    assert response.context["roll"] == 10
    # Everybody but who stopped, is barred, or follows no more; then those who came so far or further.
    assert [number for _, number in response.context["funnel"]] == [7, 6, 5, 3, 2, 1]


def test_names_stand_behind_every_number(client, administrator):
    everybody_stands_somewhere()
    for state, number, query in client.get(ADDRESS, {"role": "contacts"}).context["states"]:
        rows = client.get(f"{NAMES}?{query}").context["page"].rows
        assert len(rows) == number and {person.standing for person in rows} <= {state}


def test_somebody_who_left_is_on_no_roll(client, administrator):
    make_person("contact", leaving_on="2020-01-01")
    assert client.get(ADDRESS, {"role": "contacts"}).context["roll"] == 0


def test_years_and_forms_are_compared_with_the_contacts_of_their_pupils(client, administrator):
    year = make_group("year", "Year 7")
    ann, ben = make_person("pupil"), make_person("pupil")
    make_group("year", "Year 7", members=[ann, ben])
    make_group("form", "7A", parent=year, members=[ann])
    mother = make_person("contact")
    relate(mother, ann)
    relate(mother, ben)
    make_registration(mother)
    rows = client.get(ADDRESS, {"role": "contacts", "by": "year"}).context["table"]["rows"]
    assert [(row["label"], row["total"]) for row in rows] == [("Year 7", 1)]
    rows = client.get(ADDRESS, {"role": "pupils", "by": "form"}).context["table"]["rows"]
    assert [(row["label"], row["total"]) for row in rows] == [("7A", 1)]
    assert client.get(ADDRESS, {"role": "contacts", "group": year.pk}).context["roll"] == 1
    assert client.get(ADDRESS, {"group": year.pk}).context["roll"] == 3


def test_the_page_asks_as_much_for_many_people_as_for_one(client, administrator):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(ADDRESS, {"by": "form", "role": "contacts"}).status_code == 200
        return len(captured)

    make_registration(make_person("contact"), Status.CONFIRMED, problem=Problem.NUMBER_TAKEN)
    make_group("form", "7A", members=[make_person("pupil")])
    queries()
    few = queries()
    for n in range(20):
        make_registration(make_person("contact"), Status.CONFIRMED, problem=Problem.NUMBER_TAKEN)
        make_group("form", f"8{n}", members=[make_person("pupil")])
    assert queries() == few


def test_a_strange_address_is_not_found(client, administrator):
    for query in ({"role": "kings"}, {"group": "x"}, {"group": "999999"}):
        assert client.get(ADDRESS, query).status_code == 404


def test_the_table_to_download_holds_no_number_and_nothing_a_spreadsheet_runs(client, administrator):
    make_registration(make_person("contact", given_name="=HYPERLINK(1)", family_name="", mobile="+8613800138000"))
    response = client.get(reverse("registration:export"), {"role": "contacts"})
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeffReference,Name,Role,State,Consented,Registered")
    assert "'=HYPERLINK(1)" in text and "registered" in text and "138" not in text
    assert AuditEvent.objects.filter(act="downloaded registrations").exists()


# --- reminding ---


def test_the_missing_are_reminded_once_in_the_schools_days(client, administrator, settings):
    make_person("contact", given_name="Ann", email="ann@family.example")
    make_registration(make_person("contact", email="bob@family.example"))
    make_registration(make_person("contact", email="eve@family.example"), Status.IN_WECOM)
    make_person("contact", email="")
    page = client.get(ADDRESS, {"role": "contacts"})
    assert (page.context["remind"], page.context["without_email"]) == (2, 1)
    response = client.post(reverse("registration:remind"), {"shown": page.context["shown"]}, follow=True)
    assert "2 reminders are on their way." in said(response)
    assert (response.context["remind"], response.context["reminded_lately"]) == (0, 2)
    mailing.send_due()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["ann@family.example", "eve@family.example"]
    client.post(reverse("registration:remind"), {"shown": page.context["shown"]})
    mailing.send_due()
    assert len(mail.outbox) == 2


# --- cases ---


def disputed(**fields):
    person = make_person("contact", given_name="Wei", mobile="+8613800138000")
    fields = {"mobile": "+8613800138999", "problem": Problem.NUMBER_TAKEN, "problem_code": 60104} | fields
    return make_registration(person, Status.CONFIRMED, next_try_at=None, **fields)


def test_cases_are_grouped_by_cause_with_the_remedy(client, administrator):
    disputed()
    refused = {"problem": Problem.CONFIGURATION, "problem_code": 48008}
    for _ in range(3):
        make_registration(make_person("contact"), Status.CONFIRMED, **refused)
    response = client.get(ADDRESS)
    assert [(cause.code, len(cause.registrations)) for cause in response.context["causes"]] == [(60104, 1), (48008, 3)]
    assert "管理工具 → 通讯录同步 → 权限" in said(response) and "If the member at WeCom is this very person" in said(
        response
    )


def test_an_administrator_links_a_disputed_number(client, administrator, simulator):
    simulator.control("members", userid="office7", name="Li Wei", mobile="+8613800138999", department=2)
    registration = disputed()
    assert client.post(reverse("registration:link", args=[registration.pk])).status_code == 302
    entering.enter_due()
    registration.refresh_from_db()
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "office7", False)
    assert simulator.members["office7"]["name"] == "Li Wei"


def test_linking_never_takes_a_member_somebody_else_is_linked_to(client, administrator, simulator):
    simulator.control("members", userid="office7", name="Li Wei", mobile="+8613800138999", department=2)
    make_registration(make_person("contact"), mobile="+8613800138111", userid="office7", created_by_us=False)
    registration = disputed()
    client.post(reverse("registration:link", args=[registration.pk]))
    entering.enter_due()
    registration.refresh_from_db()
    assert registration.problem == Problem.NUMBER_TAKEN


def test_an_approval_is_for_the_number_that_was_seen(administrator):
    registration = disputed()
    cases.link(registration=registration, by=administrator)
    step_actions.confirm(registration=registration, mobile="+8613800138777", by=registration.person.user)
    registration.refresh_from_db()
    assert registration.linking_approved_by is None


def test_a_refused_number_asks_for_another_one(client, administrator):
    registration = disputed()
    client.post(reverse("registration:refuse", args=[registration.pk]))
    registration.refresh_from_db()
    assert registration.problem == Problem.NUMBER_REFUSED and registration.next_try_at is None
    assert client.get(ADDRESS).context["causes"] == []
    client.force_login(make_sign_in(registration.person))
    assert "The school says that this number or e-mail address is not yours." in said(
        client.get("/WeChatRegistration/Step3")
    )
    assert "The school says that this number" in said(client.get("/WeChatRegistration/Step2"))


def test_who_holds_the_number_in_the_portal_is_named_and_nothing_can_be_linked(client, administrator):
    make_registration(make_person("contact", given_name="Holder"), mobile="+8613800138999")
    disputed()
    html = said(client.get(ADDRESS))
    assert "Holder" in html and "registered with it." in html and "/link/" not in html and "/refuse/" in html


def test_nothing_is_linked_or_refused_that_is_not_disputed(client, administrator):
    registration = make_registration(make_person("contact"), Status.CONFIRMED)
    for name in ("link", "refuse"):
        assert client.post(reverse(f"registration:{name}", args=[registration.pk])).status_code == 302
    registration.refresh_from_db()
    assert registration.problem == "" and registration.linking_approved_by is None


def test_the_daily_limit_is_told_to_an_administrator_for_two_days(client, administrator):
    person = make_person("contact", given_name="Limited")
    registration = make_registration(person, Status.IN_WECOM)
    client.force_login(make_sign_in(person))
    response = client.post("/WeChatRegistration/DailyLimit", follow=True)
    assert "We have told the school; try tomorrow." in said(response)
    client.force_login(administrator)
    html = said(client.get(ADDRESS))
    assert "Limited" in html and "企业认证" in html
    Registration.objects.update(limit_met_at=Now() - timedelta(days=3))
    assert client.get(ADDRESS).context["causes"] == []
    assert registration.status == Status.IN_WECOM


# --- which pupils may ---


def pupil_of_year_7(**fields):
    pupil = make_person("pupil", given_name="Ming", **fields)
    year = make_group("year", "Year 7")
    make_group("form", "7A", parent=year, members=[pupil])
    return pupil, year


def test_the_years_are_switched_and_it_is_written_down(client, administrator):
    _, year = pupil_of_year_7()
    other = make_group("year", "Year 8")
    client.post(reverse("registration:years"), {"may": [other.pk], "consent": [other.pk, 999, "x"]})
    rules = {rule.year: (rule.pupils_may_register, rule.needs_consent) for rule in YearRule.objects.all()}
    assert rules == {year: (False, False), other: (True, True)}
    assert AuditEvent.objects.filter(act="changed which years' pupils may register").count() == 1
    client.post(reverse("registration:years"), {"may": [other.pk], "consent": [other.pk]})
    assert AuditEvent.objects.filter(act="changed which years' pupils may register").count() == 1


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
    assert numbers(client.get(ADDRESS, {"role": "pupils"})) == {Standing.REGISTERED: 1}
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
