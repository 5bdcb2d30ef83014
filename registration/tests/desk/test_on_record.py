"""A number that is on record for somebody else is asked about first; the office decides, about either registration."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from portal.people.models import User
from registration.at_wecom import entering
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions
from wechat_admin.demo import make_account

from .helpers import CASES, decide

pytestmark = pytest.mark.django_db
Status = Registration.Status
NUMBER, OWN = "+8613900001111", "+8613900002222"
STEP = "/WeChatRegistration/Step2"


@pytest.fixture
def account(simulator, doorbells):
    return make_account()


def said(response):
    return " ".join(response.content.decode().split())


def at_step_two(client, status=Status.STARTED, role="contact", **fields):
    person = make_person(role, given_name="Typist", **{"mobile": OWN} | fields)
    client.force_login(make_sign_in(person))
    return make_registration(person, status, **({} if status == Status.STARTED else {"mobile": OWN}))


def in_the_office(client):
    client.force_login(User.objects.filter(username="administrator").first() or make_administrator())


def by_the_office(client, name, registration, **shown):
    in_the_office(client)
    return " ".join(decide(client, name, registration, **shown).split())


@pytest.mark.parametrize("role", ["contact", "pupil", "staff"])
@pytest.mark.parametrize("owner", [{"role": "contact"}, {"role": "pupil", "pupil_last_day": "2020-07-31"}])
def test_it_is_asked_first_and_nothing_is_made_at_wecom(client, account, simulator, role, owner):
    make_person(given_name="Owner", mobile=NUMBER, **owner)
    registration = at_step_two(client, role=role)
    for _ in range(2):
        page = said(client.post(STEP, {"mobile": "139 0000 1111"}))
        assert "on our record for somebody else" in page and "Owner" not in page and 'value="139 0000 1111"' in page
    entering.enter_due()
    registration.refresh_from_db()
    assert (registration.status, registration.problem) == (Status.STARTED, Problem.NUMBER_ON_RECORD)
    assert simulator.members == {} and "on our record for somebody else" in said(client.get(STEP))
    in_the_office(client)
    cases = said(client.get(CASES))
    assert "On record for Owner" in cases and "Typist" in cases


def test_their_own_number_afterwards_ends_the_case(client, account, simulator):
    make_person("contact", mobile=NUMBER)
    registration = at_step_two(client)
    client.post(STEP, {"mobile": NUMBER})
    assert client.post(STEP, {"mobile": OWN}).status_code == 302
    registration.refresh_from_db()
    assert (registration.status, registration.problem, registration.mobile) == (Status.CONFIRMED, "", OWN)


def test_parents_who_share_a_number_on_both_records_are_not_stopped(client, account):
    make_person("contact", mobile=NUMBER)
    registration = at_step_two(client, mobile=NUMBER)
    assert client.post(STEP, {"mobile": NUMBER}).status_code == 302
    registration.refresh_from_db()
    assert registration.status == Status.CONFIRMED


def test_an_email_address_on_record_for_somebody_else_is_asked_about_in_any_case(client, account):
    make_person("contact", email="Wei@Family.example")
    registration = at_step_two(client)
    page = said(client.post(STEP + "?by=email", {"email": "wei@family.EXAMPLE"}))
    registration.refresh_from_db()
    assert "on our record for somebody else" in page and registration.problem == Problem.EMAIL_ON_RECORD


def test_changing_to_such_a_number_waits_too_and_keeps_nobody_from_registering(client, account, simulator):
    owner = make_person("contact", mobile=NUMBER)
    registration = at_step_two(client, Status.IN_WECOM)
    assert "on our record for somebody else" in said(client.post(STEP, {"mobile": NUMBER}))
    entering.enter_due()
    registration.refresh_from_db()
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.NUMBER_ON_RECORD)
    assert simulator.members == {} and registration.next_try_at is None
    theirs = make_registration(owner, Status.STARTED)
    actions.confirm(registration=theirs, mobile=NUMBER, by=None)
    theirs.refresh_from_db()
    assert theirs.status == Status.CONFIRMED


# --- what the office decides ---


def asked(client):
    owner = make_person("contact", given_name="Owner", mobile=NUMBER)
    registration = at_step_two(client)
    client.post(STEP, {"mobile": NUMBER})
    registration.refresh_from_db()
    return registration, owner


def test_the_office_says_that_it_is_theirs_and_they_go_on(client, account, simulator):
    registration, _owner = asked(client)
    by_the_office(client, "link", registration)
    entering.enter_due()
    registration.refresh_from_db()
    assert registration.status == Status.IN_WECOM and simulator.members[registration.userid]["mobile"] == NUMBER
    client.force_login(registration.person.user)
    actions.withdraw(registration=registration, by=None)
    in_the_office(client)
    assert client.get(CASES).context["causes"] == []


def test_the_office_refuses_it_and_they_give_their_own(client, account):
    registration, _owner = asked(client)
    by_the_office(client, "refuse", registration)
    assert registration.problem == Problem.NUMBER_REFUSED
    client.force_login(registration.person.user)
    assert "is not yours" in said(client.get(STEP)) and client.post(STEP, {"mobile": OWN}).status_code == 302


def test_the_office_ends_it_and_their_page_says_so(client, account):
    registration, _owner = asked(client)
    by_the_office(client, "end", registration)
    assert registration.status == Status.WITHDRAWN and registration.ended_by
    client.force_login(registration.person.user)
    assert "The school has ended your registration" in said(client.get(reverse("my-details")))
    client.post("/WeChatRegistration/Step1", {"agree": "on"})
    assert NUMBER not in said(client.get(STEP)).replace(" ", ""), "the number that was not theirs is not proposed"


@pytest.fixture
def mistaken(client, account, simulator):
    """The typist is registered with the number of the owner, who registers now: (theirs, the owner's)."""
    typist = make_person("contact", given_name="Typist", mobile=OWN)
    theirs = make_registration(typist, Status.CONFIRMED, mobile=NUMBER)
    entering.enter_due()
    simulator.scan(NUMBER)
    Registration.objects.update(status=Status.REGISTERED, registered_at="2026-01-01T00:00:00Z")
    owner = make_person("contact", given_name="Owner", mobile=NUMBER)
    owners = make_registration(owner, Status.STARTED)
    client.force_login(make_sign_in(owner))
    assert "already belongs to someone" in said(client.post(STEP, {"mobile": NUMBER}))
    theirs.refresh_from_db()
    owners.refresh_from_db()
    return theirs, owners


def test_one_press_ends_the_others_registration_and_lets_the_owner_go_on(client, account, simulator, mistaken):
    theirs, owners = mistaken
    by_the_office(client, "hand-over", owners)
    theirs.refresh_from_db()
    assert theirs.status == Status.WITHDRAWN and not Registration.objects.reachable(account).exists()
    entering.enter_due()
    owners.refresh_from_db()
    assert owners.status == Status.IN_WECOM and owners.userid == theirs.userid
    again = actions.start(person=theirs.person, account=account, language="en", by=None)
    actions.confirm(registration=again, mobile=OWN, by=None)
    entering.enter_due()
    again.refresh_from_db()
    assert again.status == Status.IN_WECOM and again.userid != theirs.userid
    assert simulator.members[again.userid]["mobile"] == OWN


def test_the_office_may_end_either(client, account, mistaken):
    theirs, owners = mistaken
    html = by_the_office(client, "end", theirs)
    assert theirs.status == Status.WITHDRAWN and "Their registration has ended" in html
    by_the_office(client, "end", owners)
    assert owners.status == Status.WITHDRAWN


def test_a_number_that_came_on_record_for_another_later_is_a_case_until_somebody_says_whose_it_is(client, account):
    theirs = make_registration(make_person("contact", given_name="Typist", mobile=OWN), mobile=NUMBER)
    in_the_office(client)
    assert client.get(CASES).context["causes"] == []
    make_person("contact", given_name="Owner", mobile=NUMBER)
    assert "On record for Owner" in said(client.get(CASES))
    by_the_office(client, "link", theirs)
    assert theirs.status == Status.REGISTERED and client.get(CASES).context["causes"] == []


def test_a_decision_is_about_what_was_shown(client, account):
    registration, owner = asked(client)
    in_the_office(client)
    (cause,) = client.get(CASES).context["causes"]
    shown = cause.registrations[0].shown
    make_registration(owner, mobile=NUMBER)
    for name in ("link", "refuse", "end", "hand-over"):
        for old in (shown, "", "forged"):
            assert "This has changed since" in by_the_office(client, name, registration, shown=old)
    assert (registration.status, registration.problem) == (Status.STARTED, Problem.NUMBER_ON_RECORD)


def test_nobody_ends_a_registration_that_is_no_case(client, account):
    registration = make_registration(make_person("contact", mobile=OWN))
    assert "This has changed since" in by_the_office(client, "end", registration)
    assert registration.status == Status.REGISTERED
