"""Whom somebody's leaving concerns too."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from ..models import Person, Relationship
from ..models.person import PersonQuerySet
from ..roles import Role


def pupils_around(person: Person) -> PersonQuerySet:
    """The pupils here of whom this person is a contact, and the brothers and sisters of this pupil."""
    links = Relationship.objects.current()
    contacts = links.filter(pupil=person).values("contact")
    pupils = links.filter(Q(contact=person) | Q(contact__in=contacts)).values("pupil")
    return Person.objects.filter(Role.PUPIL.here(), pk__in=pupils).exclude(pk=person.pk).by_name()


def alone_after(last_days: Iterable[tuple[int, Role]], last_day: date, besides: Person) -> list[Person]:
    """The contacts who have no pupil here any more once these have left; `last_days` is {(id, role): …}."""
    pupils = [pk for pk, role in last_days if role == Role.PUPIL]
    return list(Person.objects.left_alone_by(pupils, last_day).exclude(pk=besides.pk).by_name())
