"""Every way in which somebody may stand, against the sentences of the house in plain Python."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from portal.people.demo import make_person, relate
from portal.people.models import Person
from portal.people.roles import Role

pytestmark = pytest.mark.django_db

NEVER, ENDED, LAST_DAY, HERE = "never", "ended", "last day", "here"
CHILDREN = {"none": [], "gone": ["gone"], "here": ["here"], "both": ["gone", "here"], "no pupil": ["no pupil"]}


@pytest.fixture
def children():
    today = timezone.localdate()
    gone = make_person("pupil", last_day=today - timedelta(days=1))
    return {"here": make_person("pupil"), "gone": gone, "no pupil": make_person("staff")}


def somebody(standing, links):
    days = {ENDED: timezone.localdate() - timedelta(days=1), LAST_DAY: timezone.localdate()}
    person = make_person("staff")
    for role, how in standing.items():
        setattr(person, role.column, how != NEVER)
        setattr(person, role.last_day, days.get(how))
    person.save()
    for child, is_permitted in links:
        relate(person, child, may_receive_messages=is_permitted)
    return person


def stands(standing, role):
    """Held today, or on the record of whoever has left."""
    has_left = not {LAST_DAY, HERE} & set(standing.values())
    return standing[role] in (LAST_DAY, HERE) or (has_left and standing[role] == ENDED)


def test_whoever_holds_a_role_is_current_or_barred_is_found_however_they_stand(children):
    expected: dict[str, set[int]] = {name: set() for name in (*Role, "current", "barred", "left")}
    for how, whose, may in product(product((NEVER, ENDED, LAST_DAY, HERE), repeat=3), CHILDREN, (True, False)):
        standing = dict(zip(Role, how, strict=True))
        if set(how) == {NEVER}:
            continue
        person = somebody(standing, [(children[name], may) for name in CHILDREN[whose]])
        # A contact of somebody who is no pupil on record counts, as one with no pupil on record does.
        holds = {role for role in Role if stands(standing, role)} - ({Role.CONTACT} if whose == "gone" else set())
        is_here = bool({LAST_DAY, HERE} & set(how))
        found = {
            **{role: role in holds for role in Role},
            "current": is_here and bool(holds),
            "left": not is_here,
            "barred": bool(CHILDREN[whose])
            and not may
            and not stands(standing, Role.STAFF)
            and not stands(standing, Role.PUPIL),
        }
        for name, is_so in found.items():
            expected[name] |= {person.pk} if is_so else set()
    people = Person.objects.exclude(pk__in=[child.pk for child in children.values()])
    asked = {role: people.of(role) for role in Role}
    asked |= {"current": people.current(), "barred": people.barred(), "left": people.left()}
    for name, found in asked.items():
        assert set(found.values_list("pk", flat=True)) == expected[name], name
