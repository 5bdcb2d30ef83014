"""Each role ends by itself, on a last day; whoever holds none any more has left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.people.demo import make_person, relate
from portal.people.models import Person
from portal.people.roles import Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.mark.parametrize(("days", "is_here"), [(-1, False), (0, True), (1, True)])
def test_a_last_day_is_one_of_school(days, is_here):
    pupil = make_person("pupil", last_day=timezone.localdate() + days * DAY)
    assert (not pupil.has_left, pupil.is_current, pupil.is_now(Role.PUPIL)) == (is_here,) * 3
    assert Person.objects.left().exists() is not is_here and Person.objects.not_left().exists() is is_here


def test_a_teacher_who_stopped_and_is_a_parent_is_a_parent():
    yesterday = timezone.localdate() - DAY
    person = make_person("staff", is_contact=True, last_day=yesterday)
    relate(person, make_person("pupil"))
    assert not person.has_left and not person.works_here and person.is_family
    assert person.roles_now == [Role.CONTACT] and person.roles == ["contact"] and person.last_day is None
    assert not Person.objects.of(Role.STAFF).exists() and Person.objects.of(Role.CONTACT).get() == person
    Person.objects.filter(pk=person.pk).end(yesterday - DAY, [Role.CONTACT])
    person.refresh_from_db()
    assert person.has_left and person.last_day == yesterday
    assert person.roles == ["staff", "contact"], "what they were"
    assert Person.objects.of(Role.STAFF).get() == person, "a list names them, and says that they have left"


@pytest.mark.parametrize(("role", "is_family"), [("staff", False), ("contact", True), ("pupil", True)])
def test_families_are_contacts_and_pupils_until_their_last_day(role, is_family):
    assert make_person(role).is_family is is_family
    assert not make_person(role, last_day=timezone.localdate() - DAY).is_family


def test_a_role_that_a_record_names_no_more_ends_and_one_it_names_again_goes_on():
    person = make_person("staff")
    person.take_roles([Role.CONTACT])
    assert person.roles_now == [Role.CONTACT] and person.roles_on_record == [Role.STAFF, Role.CONTACT]
    person.take_roles([Role.CONTACT])
    assert person.staff_last_day == timezone.localdate() - DAY, "said once more it is the same"


def test_ending_some_ends_nothing_of_the_others():
    person = make_person("staff", is_pupil=True)
    Person.objects.end(timezone.localdate(), [Role.CONTACT, Role.PUPIL])
    person.refresh_from_db()
    assert (person.staff_last_day, person.contact_last_day) == (None, None)
    assert person.pupil_last_day == timezone.localdate()
    Person.objects.end(None)
    person.refresh_from_db()
    assert person.pupil_last_day is None
