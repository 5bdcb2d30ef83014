from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record

from .grouping import Grouping
from .importing import ImportRefused, Problem, stands_already
from .models import Membership, Person, Relationship
from .references import Holders, Resembling, meant
from .roles import Role
from .typed import key


def set_language(*, person, language):
    """The person has chosen: whatever a file says later, it stays."""
    Person.objects.filter(pk=person.pk).update(language=language, language_is_chosen=True)


def follow_language(*, person, language):
    """The language of a browser, for somebody of whom nobody has said which they read: once, then it is kept."""
    Person.objects.filter(pk=person.pk, language="").update(language=language)


@dataclass(frozen=True)
class ImportResult:
    new: int
    changed: int
    unchanged: int
    moved: list[str] = field(default_factory=list)  # groups that stand below another year now, in words


@transaction.atomic
def import_people(rows, *, by=None, new=()):
    """Bring the directory to what `rows` (of `importing.read`) say; people not named stay as they are.

    All or nothing: raises ImportRefused where a row names a pupil nobody knows, or somebody whose reference looks like
    another's: a spreadsheet makes 101 of 000101. References in `new` are said to be of somebody new all the same.
    Returns an ImportResult; the same rows twice change nothing the second time. Touches people, groups and
    relationships only, so registrations stay.
    """
    holders = Holders()
    for person in Person.objects.all():
        holders.add(person.reference, person)
    _refuse(_problems_of_references(rows, holders, {key(reference) for reference in new}))
    before = {person.pk: _facts(person) for person in holders.people()}
    memberships, relationships = _current_links()
    people = _save_people(rows, holders, before)
    _refuse(_unknown_pupils(rows, holders))
    grouping = Grouping(rows, {person.pk: row for person, row in people})
    fresh = changed = 0
    for person, row in people:
        relinked = _set_groups(person, grouping.of(row), memberships.get(person.pk, set()))
        wanted = {holders.of(reference).pk: flags for reference, flags in row.pupils.items()}
        relinked |= _set_pupils(person, wanted, relationships.get(person.pk, {}))
        if person.pk not in before:
            fresh += 1
        elif relinked or _facts(person) != before[person.pk]:
            changed += 1
    result = ImportResult(fresh, changed, len(rows) - fresh - changed, grouping.moved)
    record(gettext_noop("imported people"), by=by, new=result.new, changed=result.changed, unchanged=result.unchanged)
    return result


def _refuse(problems):
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.row))


def _problems_of_references(rows, holders, new):
    problems, seen = [], {}
    resembling = Resembling(person.reference for person in holders.people())
    for row in rows:
        reference = row.fields["reference"]
        holder, among = holders.of(reference), holders.among(reference)
        whose = holder.reference if holder else key(reference)
        if whose in seen:
            sentence = stands_already(seen[whose])
        elif holder or (key(reference) in new and not among):
            sentence = ""
        elif others := among or resembling.to(reference):
            sentence = _("Nobody has this reference yet, but it looks like another.") + " " + meant(others)
        else:
            sentence = ""
        if sentence:
            problems.append(Problem(row.number, "reference", sentence))
        seen.setdefault(whose, row.number)
        if not among:
            resembling.add(reference)
    return problems


def _facts(person):
    return {name: getattr(person, name) for name in _COLUMNS}


_COLUMNS = [
    "given_name",
    "family_name",
    "chinese_name",
    "email",
    "mobile",
    "language",
    "leaving_on",
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


def _save_people(rows, holders, before):
    """[(person, row)] of the file, saved."""
    people = []
    for row in rows:
        person = holders.of(row.fields["reference"]) or Person(reference=row.fields["reference"])
        _fill(person, row.fields)
        people.append((person, row))
    fresh = [person for person, _row in people if person.pk is None]
    changed = [p for p, _row in people if p.pk is not None and _facts(p) != before[p.pk]]
    Person.objects.bulk_create(fresh, batch_size=500)
    Person.objects.bulk_update(changed, [*_COLUMNS, "search_text"], batch_size=200)
    for person in fresh:
        holders.add(person.reference, person)
    return people


def _fill(person, fields):
    """What the file says; nothing is taken back by an empty language, and what somebody chose stays."""
    for name in _COLUMNS:
        if name in fields and name != "language":
            setattr(person, name, fields[name])
    if fields["language"] and not person.language_is_chosen:
        person.language = fields["language"]


def _unknown_pupils(rows, holders):
    problems, resembling = [], Resembling(person.reference for person in holders.people())
    for row in rows:
        for reference in row.pupils:
            pupil = holders.of(reference)
            if pupil is None or not pupil.is_pupil:
                sentence = _("There is no pupil with the reference “%(reference)s”.") % {"reference": reference}
                question = "" if pupil else meant(holders.among(reference) or resembling.to(reference))
                problems.append(Problem(row.number, "pupils", f"{sentence} {question}".strip()))
            elif pupil is holders.of(row.fields["reference"]):
                problems.append(Problem(row.number, "pupils", _("Nobody is their own contact.")))
    return problems


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
