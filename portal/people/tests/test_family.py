from datetime import timedelta

import pytest
from django.utils import timezone

from portal.people.demo import make_group, make_person, relate
from portal.people.models import Group, Person
from portal.people.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def yesterday():
    return timezone.localdate() - timedelta(days=1)


def test_groups_below_are_meant_however_deep_and_a_circle_ends():
    year = make_group("year", "Year 7")
    form = make_group("form", "7A", parent=year)
    table = make_group("activity", "Table 1", parent=form)
    deep, beside = make_person("pupil"), make_person("pupil")
    make_group("activity", "Table 1", members=[deep])
    make_group("year", "Year 8", members=[beside])
    assert set(Group.objects.filter(pk=year.pk).and_below()) == {year, form, table}
    assert list(Person.objects.pupils_of([year.pk])) == [deep]
    assert not Person.objects.in_groups(Group.objects.none()).exists()
    Group.objects.filter(pk=year.pk).update(parent=table)
    assert set(Group.objects.filter(pk=form.pk).and_below()) == {year, form, table}


def test_a_group_stands_in_the_tree_of_its_kind_above_it():
    year = make_group("year", "Year 7")
    form = make_group("form", "7A", parent=year)
    choir = make_group("activity", "Choir")
    assert Group.objects.trees("year") == {year: [year.pk, form.pk]}
    assert Group.objects.trees("form") == {form: [form.pk]}
    assert Group.objects.trees("activity") == {choir: [choir.pk]}


def test_facts_on_one_person_and_on_many_are_the_same(yesterday):
    pupil, gone = make_person("pupil"), make_person("pupil", last_day=yesterday)
    leaver = make_person("contact", last_day=yesterday)
    for contact, permitted in ((make_person("contact"), True), (make_person("contact"), False), (leaver, False)):
        relate(contact, pupil, may_receive_messages=permitted)
    relate(make_person("contact"), gone)
    for person in Person.objects.all():
        assert person.has_left == Person.objects.left().filter(pk=person.pk).exists()
        assert person.has_left != Person.objects.not_left().filter(pk=person.pk).exists()
        assert person.is_current == Person.objects.current().filter(pk=person.pk).exists()
        assert person.is_barred == Person.objects.barred().filter(pk=person.pk).exists()


def test_children_stand_in_the_order_in_which_they_came_whatever_the_database_thinks_of_it():
    mother = make_person("contact")
    for _ in range(2):
        relate(mother, make_person("pupil"))
    links = mother.links_in_sight()
    assert links.ordered and [link.pk for link in links] == sorted(link.pk for link in links)


def test_a_contact_ends_with_the_last_pupil_who_is_here_and_staff_do_not(yesterday):
    gone = make_person("pupil", last_day=yesterday)
    mother, teacher = make_person("contact"), make_person("staff", is_contact=True)
    unrelated = make_person("contact")
    relate(mother, gone), relate(teacher, gone)
    assert not mother.is_current and not mother.has_left and teacher.is_current and unrelated.is_current
    assert list(Person.objects.of(Role.CONTACT)) == [unrelated]
    relate(mother, make_person("pupil"))
    assert mother.is_current


def test_a_permission_for_a_pupil_who_left_permits_nothing(yesterday):
    father, gone, here = make_person("contact"), make_person("pupil", last_day=yesterday), make_person("pupil")
    relate(father, gone)
    relate(father, here, may_receive_messages=False)
    assert father.is_barred


def test_who_is_no_contact_any_more_has_no_pupils(yesterday):
    teacher, pupil = make_person("staff"), make_person("pupil")
    relate(teacher, pupil)
    assert not teacher.pupils_in_sight().exists() and not teacher.pupils_in_care().exists()
    Person.objects.filter(pk=teacher.pk).update(is_contact=True)
    assert list(teacher.pupils_in_sight()) == [pupil]


def test_an_aunt_sees_a_pupil_and_consents_to_nothing():
    aunt, pupil = make_person("contact"), make_person("pupil")
    relate(aunt, pupil, kind="other")
    assert list(aunt.pupils_in_sight()) == [pupil] and not aunt.pupils_in_care().exists()


def test_around_somebody_are_those_of_groups_below_their_own_and_the_contacts_of_pupils_here(yesterday):
    """The head of a year is no member of its forms."""
    head, pupil, gone = make_person("staff"), make_person("pupil"), make_person("pupil", last_day=yesterday)
    year = make_group("year", "Year 7", members=[head])
    make_group("form", "7A", parent=year, members=[pupil, gone])
    make_group("year", "Year 8", members=[make_person("pupil")])
    mother, of_the_gone = make_person("contact"), make_person("contact")
    relate(mother, pupil)
    relate(of_the_gone, gone)
    assert set(Person.objects.around(head)) == {head, pupil, gone, mother}
    assert not Person.objects.around(None).exists()
