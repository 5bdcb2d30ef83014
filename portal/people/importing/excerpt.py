"""What the directory holds of the people whom some rows name: a few queries for many rows."""

from collections import defaultdict
from typing import NamedTuple

from portal.people.models import Membership, Person, Relationship
from portal.people.references import Holders

from .merged import lead
from .remembered import key


class Known(NamedTuple):
    """As much as is asked of somebody whom a row names as its pupil."""

    pk: int
    reference: str
    reference_key: str
    is_pupil: bool
    merged_into_id: int | None


def known(keys):
    """Whose reference has one of these keys, rows that were merged among them."""
    found = Person.everybody.filter(reference_key__any_of=keys, erased_at=None).order_by("pk")
    return [Known(*values) for values in found.values_list(*Known._fields)] if keys else []


class Excerpt:
    def __init__(self, rows):
        """Rows of references that were merged are led to whom they were merged into, and so are the pupils they name."""
        keys = {key(row.reference) for row in rows}
        found = Person.everybody.filter(reference_key__any_of=keys, erased_at=None).order_by("pk")
        people = [*found, *known({key(pupil) for row in rows for pupil in row.pupils} - keys)]
        if merged := [person for person in people if person.merged_into_id]:
            kept = Person.everybody.in_bulk({person.merged_into_id for person in merged})
            lead(rows, {person.reference_key: kept[person.merged_into_id].reference for person in merged})
            people = list({person.pk: person for person in [*people, *kept.values()]}.values())
        self._holders: Holders[Person | Known] = Holders()
        for person in people:
            if not person.merged_into_id:
                self._holders.add(person.reference, person)
        ids = [person.pk for row in rows if (person := self.of(row.reference))]
        self.memberships: dict[int, dict] = defaultdict(dict)  # id of a person → {id of a group: id of the membership}
        self.relationships: dict[int, dict] = defaultdict(dict)  # id of a contact → {id of a pupil: Relationship}
        if not ids:
            return
        for pk, member, group in Membership.objects.filter(person__in=ids).values_list("pk", "person", "group"):
            self.memberships[member][group] = pk
        for link in Relationship.objects.filter(contact__in=ids):
            self.relationships[link.contact_id][link.pupil_id] = link

    def of(self, reference):
        """Whose reference it is; None for nobody's."""
        return self._holders.of_key(key(reference), reference) if self._holders else None

    def among(self, reference):
        """The references of those whose it may be."""
        return self._holders.among(reference)

    def person(self, row):
        """Whose row it is: somebody who is there, or somebody new, not saved."""
        return self.of(row.reference) or Person(reference=row.reference)


FLAGS = ("kind", "may_receive_messages", "may_see_data")
LINK = ["contact_id", "pupil_id", *FLAGS]


def flags_of(link):
    return {name: getattr(link, name) for name in FLAGS}


def link(contact, pupil, flags):
    """A Relationship to be, as `insert` takes it with LINK."""
    return (contact, pupil, *(flags[name] for name in FLAGS))
