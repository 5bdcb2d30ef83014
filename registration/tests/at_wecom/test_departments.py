"""A department of its own for each role, and what was there before us left alone."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from portal.people.demo import make_person
from portal.people.models import Person
from registration.at_wecom import departments, entering
from registration.demo import make_registration
from registration.models import AudienceDepartment, Problem, Registration

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


OTHERS = 100  # the simulator's 其他（待设置部门）


def another(number):
    person = make_person("contact", reference=f"C{number:04}", mobile=f"+861380013{number:04}")
    return make_registration(person, Status.CONFIRMED)


def test_a_department_removed_in_the_console_is_made_again_and_its_people_are_put_back(account, simulator):
    first = enter(confirmed())
    simulator.remove_department(910002)
    assert simulator.members["sp-C0007"]["departments"] == [OTHERS]
    assert enter(another(8)).status == Status.IN_WECOM
    assert simulator.parents[910002] == 1, "not made by WeCom under 其他"
    assert simulator.members["sp-C0008"]["departments"] == [910002]
    assert simulator.members["sp-C0007"]["departments"] == [910002]
    first.refresh_from_db()
    assert first.audiences == "contacts" and list(Registration.objects.displaced_lately()) == [first]


@pytest.fixture
def removed_in_this_very_moment(monkeypatch, simulator):
    """The contacts' department, and others that are named, are removed between our look and our call."""
    departments_of, removed = departments.departments_of, [910002]

    def meanwhile(person, tree):
        found = departments_of(person, tree)
        for number in removed:
            simulator.remove_department(number)
        monkeypatch.undo()
        return found

    def begin(*others):
        removed.extend(others)
        monkeypatch.setattr(departments, "departments_of", meanwhile)

    return begin


def test_a_department_wecom_made_in_place_of_ours_is_left_and_who_stands_there_is_moved_out(
    account, simulator, removed_in_this_very_moment
):
    enter(confirmed())
    removed_in_this_very_moment()
    second = enter(another(8))
    assert second.status == Status.IN_WECOM and second.displaced_at, "WeCom said that it had made one"
    assert simulator.parents[910002] == OTHERS and simulator.parents[910012] == 1
    entering.enter_due()
    assert {m["departments"][0] for m in simulator.members.values()} == {910012}
    assert Registration.objects.displaced_lately().count() == 2


def test_once_wecom_has_made_one_the_others_are_looked_at_anew_before_anybody_is_put_there(
    account, simulator, removed_in_this_very_moment
):
    teacher = make_person("staff", reference="T0001", mobile="+8613800131111")
    enter(make_registration(teacher, Status.CONFIRMED))
    enter(confirmed())
    removed_in_this_very_moment(910001)
    another(8)
    colleague = make_person("staff", reference="T0002", mobile="+8613800132222")
    make_registration(colleague, Status.CONFIRMED)
    Registration.objects.filter(next_try_at__isnull=False).update(next_try_at=A_MOMENT_AGO)
    entering.enter_due()
    assert simulator.parents[910001] == 1, "not made by WeCom under 其他"
    assert not Registration.objects.get(person=colleague).displaced_at


def test_what_wecom_did_before_we_looked_is_found_within_the_hour(account, simulator):
    registration = enter(confirmed())
    simulator.remove_department(910002)
    simulator.add_department(OTHERS + 1, "x")
    simulator.move_department(OTHERS + 1, OTHERS)
    simulator.add_department(910002, "部门910002", parent=OTHERS)
    simulator.change_member("sp-C0007", department=910002)
    entering.enter_due()
    assert simulator.members["sp-C0007"]["departments"] == [910002], "nobody has looked yet"
    AudienceDepartment.objects.update(seen_at=Now() - timedelta(hours=2))
    assert departments.need_tending(account)
    entering.enter_due()
    assert simulator.members["sp-C0007"]["departments"] == [910012]
    registration.refresh_from_db()
    assert registration.displaced_at and not departments.need_tending(account)


def test_a_department_an_administrator_moved_stays_where_it_was_put(account, simulator):
    enter(confirmed())
    simulator.add_department(50, "Families")
    simulator.move_department(910002, 50)
    enter(another(8))
    assert simulator.members["sp-C0008"]["departments"] == [910002]
    assert simulator.calls("department/create") == {0: 1} and simulator.calls("user/update") == {}
    assert not Registration.objects.displaced_lately().exists()


def test_nobody_is_entered_while_the_departments_cannot_be_read(account, simulator):
    enter(confirmed())
    simulator.rule("busy", call="department/simplelist", times=-1)
    registration = enter(another(8))
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.WECOM_UNAVAILABLE)
    simulator.clear()
    assert enter(registration).status == Status.IN_WECOM


def test_where_wecom_refuses_an_unknown_department_it_is_made_again_too(
    account, simulator, removed_in_this_very_moment
):
    simulator.switch("unknown_departments_are_made", False)
    enter(confirmed())
    removed_in_this_very_moment()
    registration = enter(another(8))
    assert registration.status == Status.CONFIRMED
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
