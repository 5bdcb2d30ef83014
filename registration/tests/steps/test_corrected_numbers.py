"""A number that the office has accepted changes at WeCom as far as WeCom allows, and the office is told where it does not."""

import pytest
from django.utils import timezone

from portal.access.demo import make_administrator
from portal.people.demo import make_person
from portal.people.models import Proposal
from portal.people.proposals import actions
from registration.demo import make_registration
from registration.models import Registration
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
Status = Registration.Status
NEW = "+8613900139000"


@pytest.fixture
def mother():
    make_account()
    return make_person("contact", mobile="+8613800138000")


def correct(person):
    actions.propose(person=person, wanted={"mobile": {"mobile": NEW}}, by=None)
    return actions.accept(proposal=Proposal.objects.open().get(person=person), by=make_administrator())


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.IN_WECOM])
def test_of_a_member_who_does_not_use_it_yet_the_number_is_written_anew(mother, status):
    make_registration(mother, status)
    assert correct(mother) == []
    registration = mother.registrations.get()
    assert (registration.mobile, registration.status) == (NEW, Status.CONFIRMED)
    assert registration.next_try_at <= timezone.now()


def test_of_one_who_is_registered_wechat_keeps_the_first_and_the_office_is_told(mother):
    make_registration(mother)
    [sentence] = correct(mother)
    assert "WeChat keeps the number they registered with." in sentence
    assert mother.registrations.get().mobile == "+8613800138000"


def test_a_number_given_by_the_person_in_place_of_the_one_on_record_stays(mother):
    make_registration(mother, Status.IN_WECOM, mobile="+8613700137000")
    assert correct(mother) == [] and mother.registrations.get().mobile == "+8613700137000"


def test_a_number_that_is_somebody_elses_at_wecom_is_a_case(mother):
    make_registration(make_person("contact"), mobile=NEW)
    make_registration(mother, Status.IN_WECOM)
    [sentence] = correct(mother)
    assert "still reached by the old one" in sentence


def test_somebody_who_has_not_begun_has_nothing_to_follow(mother):
    assert correct(mother) == []
    make_registration(mother, Status.STARTED)
    assert mother.registrations.get().mobile == ""
