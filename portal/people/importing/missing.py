"""Who is missing in a file that names everybody of a role: proposed as leaving, with the contacts left without a pupil."""

from collections import defaultdict

from django.db.models import Q
from django.utils import timezone

from portal.people.models import ImportRow, Membership, Person, Relationship
from portal.people.roles import Role
from portal.people.typed import key

from .bulk import insert, parts_of
from .columns import PUPILS

AT_ONCE = 1000
Verdict = ImportRow.Verdict


def propose(imported):
    """Add a row for each; returns ids of the groups of whoever leaves, those by a column of the file among them.

    {role: [how many are missing, of how many]} stands in `imported.missing` then.
    """
    imported.missing, leaving = {}, defaultdict(list)
    for role in map(Role, imported.complete):
        here = Person.objects.filter(role.here())
        missing = list(_not_named(imported, here).values_list("pk", flat=True))
        imported.missing[role] = [len(missing), here.count()]
        for pk in missing:
            leaving[pk].append(role)
    by_column = _leaving_by_column(imported)
    pupils = [*by_column, *(pk for pk, roles in leaving.items() if Role.PUPIL in roles)]
    alone = _alone_without(imported, pupils) if pupils else []
    for contact in alone:
        if Role.CONTACT not in leaving[contact]:
            leaving[contact].append(Role.CONTACT)
    days = _days_of_contacts(alone, by_column)
    for part in parts_of(sorted(leaving), AT_ONCE):
        people = Person.objects.filter(pk__in=part).by_name()
        rows = [_row(imported, person, leaving[person.pk], days.get(person.pk)) for person in people]
        insert(ImportRow, _COLUMNS, rows)
    return set(Membership.objects.filter(person__in=[*leaving, *by_column]).values_list("group", flat=True))


def keep(imported, row):
    """Have somebody stay, and with a pupil those who were proposed for want of one."""
    row.delete()
    for_themselves = Role.CONTACT in imported.complete and imported.table != PUPILS
    if Role.PUPIL not in row.undo["roles"] or for_themselves:
        return
    contacts = Relationship.objects.filter(pupil=row.person_id).values("contact")
    for other in imported.rows.filter(verdict=Verdict.LEAVING, person__in=contacts):
        other.undo["roles"] = [role for role in other.undo["roles"] if role != Role.CONTACT]
        if other.undo["roles"]:
            other.save(update_fields=["undo"])
        else:
            other.delete()


def many_are_missing(imported):
    """Whether more than a tenth of a role is: then somebody has to say so twice."""
    return any(missing * 10 > number for missing, number in imported.missing.values())


def _not_named(imported, people):
    return _in_no_bad_row(imported, people).exclude(reference_key__in=imported.rows.exclude(key="").values("key"))


def _in_no_bad_row(imported, people):
    """In a list of pupils their contacts stand in a bad row with them."""
    bad = imported.rows.filter(verdict=Verdict.BAD)
    beside = _meant_by(bad, Person.objects.filter(is_pupil=True)) if imported.table == PUPILS else []
    beside = Relationship.objects.filter(pupil__in=beside).values("contact")
    return people.exclude(pk__in=_meant_by(bad, people)).exclude(pk__in=beside)


def _meant_by(bad, people):
    """Ids of those of `people` who may stand in a bad row: even a name or a reference that looks alike counts."""
    names = set(bad.exclude(name="").values_list("name", flat=True))
    same_name = [person.pk for person in people if person.name in names] if names else []
    looks = bad.exclude(look="").values("look")
    return people.filter(Q(reference_look__in=looks) | Q(pk__in=same_name)).values("pk")


def _leaving_by_column(imported):
    """{id of a pupil: the last day that the file gives them}, as it stands in a JSON column."""
    rows = imported.rows.filter(verdict__in=ImportRow.CHANGE, changes__has_key="pupil_last_day")
    found = {pk: changes["pupil_last_day"][1] for pk, changes in rows.values_list("person", "changes")}
    return {pk: day for pk, day in found.items() if day}


def _alone_without(imported, pupils):
    """Whom the file names stays, but beside nobody but these pupils: there a contact has no last day of their own."""
    alone = _in_no_bad_row(imported, Person.objects.left_alone_by(pupils, timezone.localdate()))
    leaving = set(Person.objects.filter(pk__in=pupils).values_list("reference_key", flat=True))
    keys = dict(alone.values_list("reference_key", "pk"))
    for part in parts_of(sorted(keys), AT_ONCE):
        for reference, said in imported.rows.filter(key__in=part).values_list("key", "said"):
            beside = {key(pupil) for pupil, flags in said[2].items() if flags}
            if imported.table != PUPILS or beside - leaving:
                keys.pop(reference, None)
    return list(keys.values())


def _days_of_contacts(contacts, by_column):
    """{id of a contact: the last of the days of their pupils}."""
    days: dict = {}
    links = Relationship.objects.filter(contact__in=contacts, pupil__in=by_column)
    for contact, pupil in links.values_list("contact", "pupil"):
        days[contact] = max(days.get(contact, ""), by_column[pupil])
    return days


_COLUMNS = ["of_id", "number", "verdict", "reference", "key", "look", "name", "person_id", "undo", "joins"]


def _row(imported, person, roles, last_day):
    undo = {"roles": roles} | ({"last_day": last_day} if last_day else {})
    who = (person.reference, person.reference_key, person.reference_look, person.name, person.pk)
    return (imported.pk, 0, Verdict.LEAVING, *who, undo, False)
