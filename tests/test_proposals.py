"""People mend their own record: what they propose waits for the office, and is accepted by one press."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.notices.looking import look
from portal.people.demo import make_person
from portal.people.models import Person, Proposal
from portal.people.proposals import actions

pytestmark = pytest.mark.django_db
RECORD = {"given_name": "Fang", "family_name": "Wang", "chinese_name": "王芳", "email": "fang@family.example"}


@pytest.fixture
def mother(client):
    person = make_person("contact", mobile="+8613800138000", **RECORD)
    client.force_login(make_sign_in(person))
    return person


@pytest.fixture
def office(db):
    office = Client()
    office.force_login(make_sign_in(make_person("staff"), options=["people.view", "people.change"]))
    return office


def propose(client, **changes):
    return client.post(reverse("propose"), RECORD | {"mobile": "+86 138 0013 8000"} | changes, follow=True)


def decide(client, proposal, what="accept"):
    return client.post(reverse("decide-about-proposal", args=[proposal.pk, what]), follow=True).content.decode()


def said(response):
    return response.content.decode()


@pytest.mark.parametrize(
    ("changes", "what", "shown"),
    [
        ({"mobile": "139 0013 9000"}, "mobile", "+86 139 0013 9000"),
        ({"email": "New@family.example"}, "email", "New@family.example"),
        ({"given_name": "Fanny"}, "name", "Fanny Wang 王芳"),
    ],
)
def test_the_record_stays_until_the_office_accepts_with_one_press(client, mother, office, changes, what, shown):
    page = propose(client, **changes)
    assert "The office has been told." in said(page) and shown in said(page) and "waits for the office" in said(page)
    proposal = Proposal.objects.get()
    assert proposal.what == what and Person.objects.get(pk=mother.pk).name == mother.name
    assert shown in said(office.get(reverse("proposals")))
    decide(office, proposal)
    person = Person.objects.get(pk=mother.pk)
    assert all(getattr(person, column) == value for column, value in proposal.values.items())
    assert set(person.mended) == {name for name, value in proposal.values.items() if value != proposal.before[name]}
    assert "accepted" in said(client.get("/my-details/")) and person in Person.objects.search(shown.split()[0])
    details = AuditEvent.objects.filter(act__endswith="a correction").values_list("details", flat=True)
    assert len(details) == 2 and all(detail == {"what": what} for detail in details)


def test_what_stands_on_the_record_is_no_proposal(client, mother):
    assert "This is what the school has on record already." in said(propose(client)) and not Proposal.objects.exists()


def test_a_later_proposal_takes_the_place_of_the_earlier(client, mother, office):
    propose(client, mobile="139 0013 9000")
    propose(client, mobile="139 0013 9001")
    assert [p.shown for p in Proposal.objects.open()] == ["+86 139 0013 9001"]


def test_refused_and_taken_back_nothing_changes_and_the_second_of_two_is_told(client, mother, office):
    propose(client, given_name="Fanny")
    proposal = Proposal.objects.get()
    decide(office, proposal, "refuse")
    assert "Somebody has decided about this already." in decide(office, proposal)
    assert "not accepted" in said(client.get("/my-details/"))
    propose(client, given_name="Fanny")
    client.post(reverse("withdraw-proposal", args=[Proposal.objects.open().get().pk]))
    assert not Proposal.objects.open().exists() and Person.objects.get(pk=mother.pk).given_name == "Fang"


def test_a_record_changed_meanwhile_is_not_overwritten_unseen(client, mother, office):
    propose(client, mobile="139 0013 9000")
    Person.objects.filter(pk=mother.pk).update(mobile="+8613700137000")
    proposal = Proposal.objects.get()
    assert "The record has been changed since this was proposed." in decide(office, proposal)
    assert Person.objects.get(pk=mother.pk).mobile == "+8613700137000" and Proposal.objects.open().exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mobile": "12345"}, "This is not a mobile number."),
        ({"mobile": ""}, "It cannot be taken off the record here."),
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"given_name": "", "chinese_name": ""}, "Write a name."),
        ({"given_name": "A\u202eB"}, "marks that turn the direction"),
    ],
)
def test_bad_input_is_named_at_its_field_and_what_was_typed_stays(client, mother, changes, sentence):
    page = propose(client, family_name="Typed", **changes)
    assert sentence in said(page) and "Typed" in said(page) and not Proposal.objects.exists()


def test_the_office_sees_that_somebody_else_has_the_number(client, mother, office):
    make_person("contact", mobile="+8613900139000")
    propose(client, mobile="139 0013 9000")
    assert "somebody else has it on record" in said(office.get(reverse("proposals")))


def test_only_contacts_propose_and_only_their_own(client, mother, office):
    propose(client, given_name="Fanny")
    other = Client()
    other.force_login(make_sign_in(make_person("contact")))
    address = reverse("withdraw-proposal", args=[Proposal.objects.get().pk])
    assert other.post(address).status_code == 404
    for role in ("staff", "pupil"):
        other.force_login(make_sign_in(make_person(role)))
        assert other.post(reverse("propose"), RECORD).status_code == 403
    other.force_login(make_administrator())
    assert other.get(reverse("propose")).status_code == 403 and other.post(address).status_code == 404


def test_whoever_views_as_somebody_proposes_nothing(client, mother):
    administrator = Client()
    administrator.force_login(make_administrator())
    administrator.post(reverse("impersonate", args=[mother.user.pk]), {"reason": "Asks for help"})
    assert propose(administrator, given_name="X").status_code == 403 and not Proposal.objects.exists()


def test_a_leavers_proposal_waits_for_nobody(client, mother, office):
    propose(client, given_name="Fanny")
    mother.end(None, mother.roles_on_record)
    assert Proposal.objects.open().exists()
    Person.objects.filter(pk=mother.pk).update(contact_last_day="2026-01-01")
    assert not Proposal.objects.open().exists() and "Fanny" not in said(office.get(reverse("proposals")))


def test_the_list_costs_the_same_for_one_and_many(office, django_assert_max_num_queries):
    for number in range(20):
        person = make_person("contact")
        wanted = {"mobile": {"mobile": f"+861390013{number:04}"}, "email": {"email": f"a{number}@family.example"}}
        actions.propose(person=person, wanted=wanted, by=None)
    with django_assert_max_num_queries(14):
        office.get(reverse("proposals"))


def test_the_dashboard_says_how_many_wait(client, mother, office):
    assert "Proposed corrections" not in said(office.get("/"))
    propose(client, given_name="Fanny")
    assert "1 correction waits for the office" in said(office.get("/"))


def test_an_address_longer_than_its_column_is_said_beside_its_field(client, mother):
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example"
    page = propose(client, email=long)
    assert "email" in page.context["form"].errors and long in said(page) and not Proposal.objects.exists()


def test_the_office_is_told_without_a_name_until_it_has_decided(client, mother, office):
    propose(client, given_name="Fanny")
    look("people.proposals")
    page = said(office.get(reverse("notices")))
    assert "Somebody proposes a correction of their record" in page and "Fang" not in page and "Fanny" not in page
    decide(office, Proposal.objects.get())
    look("people.proposals")
    assert "Somebody proposes" not in said(office.get(reverse("notices")))
