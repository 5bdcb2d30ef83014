"""People who are new, most of a first file: there is nothing to compare them with, so they go straight into the tables."""

from portal.people.models import Membership, Person, Relationship
from portal.people.references import Holders
from portal.people.roles import Role

from .bulk import get_known, insert, new_ids
from .excerpt import LINK, Known, known, link
from .facts import MENDABLE
from .remembered import key

_FACTS = [*MENDABLE, "language", *(role.column for role in Role)]
_DEFAULTS = [(field.attname, field.get_default()) for field in Person._meta.concrete_fields if field.attname in _FACTS]
_COLUMNS = ["id", "reference", "reference_key", "reference_look", *dict(_DEFAULTS), *(role.last_day for role in Role)]


def enter(rows, folded, grouping):
    """Insert the people of these Rows, each into their groups; `folded` are (key, look) of each reference.

    Returns their ids, in the same order.
    """
    ids = new_ids(Person, len(rows))
    insert(Person, _COLUMNS, list(map(_person, ids, rows, folded)))
    members = [
        (pk, group)
        for pk, row in zip(ids, rows, strict=True)
        for group in {grouping.of(name).pk: None for name in row.groups}
    ]
    insert(Membership, ["person_id", "group_id"], members)
    get_known(Person)
    return ids


def _person(pk, row, folded):
    """As `facts.fill` fills somebody of whom nothing was known."""
    fields = row.fields
    facts = [fields.get(name, default) for name, default in _DEFAULTS]
    last_day = fields.get("leaving_on")
    days = [last_day if fields.get(role.column) else None for role in Role]
    return (pk, row.reference, *folded, *facts, *days)


def relate(ids, rows):
    """Make them contacts of the pupils whom their rows name. Whether each is done: not so while a pupil is to come."""
    holders: Holders[Known] = Holders()
    for pupil in known({key(reference) for row in rows for reference in row.pupils}):
        holders.add(pupil.reference, pupil)
    links, done = [], []
    for pk, row in zip(ids, rows, strict=True):
        named = {holders.of_key(key(reference), reference): flags for reference, flags in row.pupils.items()}
        found = {pupil.pk: flags for pupil, flags in named.items() if pupil and _stands(pupil)}
        done.append(len(found) == len(row.pupils))
        if done[-1]:
            links += [link(pk, pupil, flags) for pupil, flags in found.items() if flags]
    insert(Relationship, LINK, links)
    return done


def _stands(pupil):
    return pupil.is_pupil and not pupil.merged_into_id
