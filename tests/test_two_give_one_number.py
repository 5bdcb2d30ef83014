"""Two processes on PostgreSQL: one number at the same instant, and the office deciding while the person presses."""

import pytest

from portal.access.demo import make_administrator
from portal.people.demo import make_person
from registration.cases import actions as cases
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions
from wechat_admin.demo import make_account

from .at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Status = Registration.Status
NUMBER, OWN = "+8613900001111", "+8613900002222"


@pytest.mark.parametrize("_round", range(4))
def test_of_two_who_give_one_number_at_once_one_has_it(_round):
    make_account()
    both = [make_registration(make_person("contact", mobile=NUMBER), Status.STARTED) for _ in range(2)]

    def give(registration):
        return lambda: actions.confirm(registration=registration, mobile=NUMBER, by=None)

    outcomes = at_once(*map(give, both), refusals=actions.RegistrationRefused)
    assert sorted(map(str, outcomes)) == ["None", "RegistrationRefused"]
    standing = Registration.objects.values_list("status", "problem")
    assert sorted(standing) == [(Status.CONFIRMED, ""), (Status.STARTED, Problem.NUMBER_TAKEN)]


@pytest.mark.parametrize("decision", [cases.link, cases.refuse, cases.end])
def test_the_office_decides_while_the_person_gives_their_own_number(decision):
    make_account()
    office = make_administrator()
    make_person("contact", mobile=NUMBER)
    person = make_person("contact", mobile=OWN)
    registration = make_registration(person, Status.STARTED)
    with pytest.raises(actions.RegistrationRefused):
        actions.confirm(registration=registration, mobile=NUMBER, by=None)
    registration.refresh_from_db()
    shown = cases.seen(registration)
    outcomes = at_once(
        lambda: decision(registration=registration, shown=shown, by=office),
        lambda: actions.confirm(registration=registration, mobile=OWN, by=None),
        refusals=(actions.RegistrationRefused, cases.CaseChanged),
    )
    registration.refresh_from_db()
    if decision is cases.end and "CaseChanged" not in outcomes:
        assert registration.status == Status.WITHDRAWN
    else:
        # Whoever was first: their own number stands, and no approval of the other one with it.
        assert (registration.status, registration.mobile, registration.problem) == (Status.CONFIRMED, OWN, "")
        assert registration.linking_approved_by is None
