"""What the directory holds of the people whom some rows name: a few queries for many rows."""

from collections import defaultdict

from portal.people.models import Membership, Person, Relationship
from portal.people.references import Holders
from portal.people.typed import key


class Excerpt:
    def __init__(self, rows):
        keys = {key(reference) for row in rows for reference in (row.reference, *row.pupils)}
        self.holders: Holders[Person] = Holders()
        for holder in Person.objects.filter(reference_key__in=keys).order_by("pk"):
            self.holders.add(holder.reference, holder)
        ids = [person.pk for row in rows if (person := self.holders.of(row.reference))]
        self.memberships: dict[int, dict] = defaultdict(dict)  # id of a person → {id of a group: id of the membership}
        for pk, member, group in Membership.objects.filter(person__in=ids).values_list("pk", "person", "group"):
            self.memberships[member][group] = pk
        self.relationships: dict[int, dict] = defaultdict(dict)  # id of a contact → {id of a pupil: Relationship}
        for link in Relationship.objects.filter(contact__in=ids):
            self.relationships[link.contact_id][link.pupil_id] = link

    def person(self, row):
        """Whose row it is: somebody who is there, or somebody new, not saved."""
        return self.holders.of(row.reference) or Person(reference=row.reference)


def flags_of(link):
    return {
        "kind": link.kind,
        "may_receive_messages": link.may_receive_messages,
        "may_see_data": link.may_see_data,
    }
