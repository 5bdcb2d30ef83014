"""A department of its own for each role, and what was there before us left alone."""

import pytest

from portal.people.demo import make_person
from portal.people.models import Person
from registration.at_wecom import entering
from registration.demo import make_registration
from registration.models import AudienceDepartment

from .helpers import A_MOMENT_AGO, NUMBER, Status, confirmed, enter

pytestmark = pytest.mark.django_db


def test_somebody_of_two_audiences_stands_in_both_departments(account, simulator):
    person = make_person("contact", is_pupil=True, reference="C0008", mobile=NUMBER)
    registration = enter(make_registration(person, Status.CONFIRMED))
    assert simulator.members["sp-C0008"]["departments"] == [910002, 910003]
    assert registration.audiences == "contacts pupils"


def test_a_department_is_made_once(account, simulator):
    enter(confirmed())
    person = make_person("contact", reference="C0008", mobile="+8613800138001")
    enter(make_registration(person, Status.CONFIRMED))
    assert simulator.calls("department/create") == {0: 1}


@pytest.mark.parametrize("effect", ["drop", "http500", "busy", "drop_after", "busy_after"])
def test_while_a_department_cannot_be_had_people_stand_in_the_root_and_are_moved_later(account, simulator, effect):
    simulator.rule(effect, call="department/create")
    registration = enter(confirmed())
    assert registration.status == Status.IN_WECOM
    assert simulator.members["sp-C0007"]["departments"] == [1]
    AudienceDepartment.objects.update(next_try_at=A_MOMENT_AGO)
    entering.enter_due()
    assert simulator.members["sp-C0007"]["departments"] == [910002]
    registration.refresh_from_db()
    assert registration.audiences == "contacts"
    entering.enter_due()
    assert simulator.calls("user/update") == {0: 1}


def test_a_department_that_was_there_before_us_is_left_alone(account, simulator):
    simulator.control("departments", id=910002, name="Boarders")
    simulator.control("departments", id=4, name="Portal – contacts 家长 2")
    enter(confirmed())
    assert simulator.members["sp-C0007"]["departments"] == [910022]
    assert simulator.departments[910002] == "Boarders"


def test_a_department_removed_in_the_console_is_made_again(account, simulator):
    enter(confirmed())
    simulator.control("departments/910002/remove")
    person = make_person("contact", reference="C0008", mobile="+8613800138001")
    registration = make_registration(person, Status.CONFIRMED)
    assert enter(registration).status == Status.CONFIRMED
    assert enter(registration).status == Status.IN_WECOM
    assert simulator.members["sp-C0008"]["departments"] == [910002]


def test_who_gets_another_role_is_moved_and_members_before_us_are_not(account, simulator):
    registration = enter(confirmed())
    old = make_person("contact", reference="C0009", mobile="+8613800138002")
    make_registration(old, userid="office9", created_by_us=False)
    Person.objects.update(is_staff_member=True)
    entering.enter_due()
    assert simulator.members["sp-C0007"]["departments"] == [910001, 910002]
    registration.refresh_from_db()
    assert registration.audiences == "staff contacts"
    assert simulator.calls("user/update") == {0: 1}
