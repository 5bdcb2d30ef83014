from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record

from .importing import ImportRefused, Problem
from .models import Group, Membership, Person, Relationship
from .roles import Role


def set_language(*, person, language):
    Person.objects.filter(pk=person.pk).update(language=language)


@dataclass(frozen=True)
class ImportResult:
    new: int
    changed: int
    unchanged: int


@transaction.atomic
def import_people(rows, *, by=None):
    """Bring the directory to what `rows` (of `importing.read`) say; people not named stay as they are.

    All or nothing: raises ImportRefused where a row names a pupil nobody knows. Returns an ImportResult; the same rows
    twice change nothing the second time. Touches people, groups and relationships only, so registrations stay.
    """
    known = {person.reference: person for person in Person.objects.all()}
    before = {reference: _facts(person) for reference, person in known.items()}
    memberships, relationships = _current_links()
    _save_people(rows, known)
    problems = _unknown_pupils(rows, known)
    if problems:
        raise ImportRefused(problems)
    groups = _save_groups(rows)
    new = changed = 0
    for row in rows:
        person = known[row.fields["reference"]]
        relinked = _set_groups(person, {groups[key] for key in row.groups}, memberships.get(person.pk, set()))
        wanted = {known[reference].pk: flags for reference, flags in row.pupils.items()}
        relinked |= _set_pupils(person, wanted, relationships.get(person.pk, {}))
        if person.reference not in before:
            new += 1
        elif relinked or _facts(person) != before[person.reference]:
            changed += 1
    result = ImportResult(new=new, changed=changed, unchanged=len(rows) - new - changed)
    record(gettext_noop("imported people"), by=by, new=result.new, changed=result.changed, unchanged=result.unchanged)
    return result


def _facts(person):
    return {name: getattr(person, name) for name in _COLUMNS}


_COLUMNS = [
    "given_name",
    "family_name",
    "chinese_name",
    "email",
    "mobile",
    "language",
    *(role.column for role in Role),
]


def _current_links():
    memberships, relationships = {}, {}
    for person, group in Membership.objects.values_list("person_id", "group_id"):
        memberships.setdefault(person, set()).add(group)
    for link in Relationship.objects.all():
        flags = {
            "kind": link.kind,
            "may_receive_messages": link.may_receive_messages,
            "may_see_data": link.may_see_data,
        }
        relationships.setdefault(link.contact_id, {})[link.pupil_id] = flags
    return memberships, relationships


def _save_people(rows, known):
    fresh, existing = [], []
    for row in rows:
        reference = row.fields["reference"]
        person = known.setdefault(reference, Person(reference=reference))
        for name in _COLUMNS:
            setattr(person, name, row.fields[name])
        (existing if person.pk else fresh).append(person)
    Person.objects.bulk_create(fresh, batch_size=500)
    Person.objects.bulk_update(existing, _COLUMNS, batch_size=200)


def _unknown_pupils(rows, known):
    problems = []
    for row in rows:
        for reference in row.pupils:
            pupil = known.get(reference)
            if pupil is None or not pupil.is_pupil:
                sentence = _("There is no pupil with the reference “%(reference)s”.") % {"reference": reference}
                problems.append(Problem(row.number, "pupils", sentence))
            elif reference == row.fields["reference"]:
                problems.append(Problem(row.number, "pupils", _("Nobody is their own contact.")))
    return problems


def _save_groups(rows):
    """{(kind, name): id} of every group the rows name; a form's parent is the year of its row."""
    known = {(group.kind, group.name): group for group in Group.objects.all()}
    for row in sorted(rows, key=lambda row: row.number):
        years = [key for key in row.groups if key[0] == Group.Kind.YEAR]
        for key in years + row.groups:
            if key not in known:
                parent = known[years[0]] if years and key[0] == Group.Kind.FORM else None
                known[key] = Group.objects.create(kind=key[0], name=key[1], parent=parent)
    return {key: group.pk for key, group in known.items()}


def _set_groups(person, wanted, current):
    if wanted == current:
        return False
    Membership.objects.filter(person=person).exclude(group_id__in=wanted).delete()
    Membership.objects.bulk_create(Membership(person=person, group_id=group) for group in wanted - current)
    return True


def _set_pupils(contact, wanted, current):
    if wanted == current:
        return False
    Relationship.objects.filter(contact=contact).exclude(pupil_id__in=wanted).delete()
    for pupil, flags in wanted.items():
        if current.get(pupil) != flags:
            Relationship.objects.update_or_create(contact=contact, pupil_id=pupil, defaults=flags)
    return True
