"""Whom a search offers to somebody who writes: those found, and below each pupil the adults whom one writes to about them."""

from collections import defaultdict

from portal.paging import first
from portal.people.models import Person, Relationship
from portal.people.models.person import PersonQuerySet
from portal.people.roles import Role

MOST_FOUND = 20


def offered(people: PersonQuerySet, text: str, own: PersonQuerySet | None) -> tuple[list[tuple[Person, bool]], bool]:
    """([(person, whether they stand below a pupil)], whether there are more) of `people`; nobody of no text."""
    if not text:
        return [], False
    found, has_more = first(people.search(text).with_family(own).by_name(), MOST_FOUND)
    pupils = [person.pk for person in found if person.is_now(Role.PUPIL)]
    links = Relationship.objects.current().may_receive().filter(pupil__in=pupils).order_by("pk")
    adults = people.filter(pk__in=links.values("contact")).with_family(own).in_bulk()
    of_pupil = defaultdict(list)
    for pupil, adult in links.values_list("pupil", "contact"):
        if adult in adults:
            of_pupil[pupil].append(adults[adult])
    rows = {}  # a mother of two who are found stands below the first
    for person in found:
        if person.pk not in adults:
            rows[person] = False
        rows |= {adult: True for adult in of_pupil[person.pk] if adult not in rows}
    return list(rows.items()), has_more
