"""Who is missing in a file that names everybody of a role: proposed as leaving, with the contacts left without a pupil."""

from collections import defaultdict

from django.db.models import Q
from django.utils import timezone

from portal.people.models import ImportRow, Person, Relationship
from portal.people.roles import Role

from .bulk import insert, parts_of
from .columns import PUPILS

AT_ONCE = 1000
Verdict = ImportRow.Verdict


def propose(imported):
    """Add a row for each; {role: [how many are missing, of how many]} stands in `imported.missing` then."""
    imported.missing, leaving = {}, defaultdict(list)
    for role in map(Role, imported.complete):
        here = Person.objects.filter(role.here())
        missing = list(_not_named(imported, here).values_list("pk", flat=True))
        imported.missing[role] = [len(missing), here.count()]
        for pk in missing:
            leaving[pk].append(role)
    pupils = [pk for pk, roles in leaving.items() if Role.PUPIL in roles]
    for contact in _alone_without(imported, pupils):
        if Role.CONTACT not in leaving[contact]:
            leaving[contact].append(Role.CONTACT)
    for part in parts_of(sorted(leaving), AT_ONCE):
        insert([_row(imported, person, leaving[person.pk]) for person in Person.objects.filter(pk__in=part).by_name()])


def many_are_missing(imported):
    """Whether more than a tenth of a role is: then somebody has to say so twice."""
    return any(missing * 10 > number for missing, number in imported.missing.values())


def _not_named(imported, people):
    """Whoever stands in no row, a bad one neither. In a list of pupils their contacts stand in it with them."""
    bad = imported.rows.filter(verdict=Verdict.BAD)
    beside = _meant_by(bad, Person.objects.filter(is_pupil=True)) if imported.table == PUPILS else []
    return (
        people.exclude(reference_key__in=imported.rows.exclude(key="").values("key"))
        .exclude(pk__in=_meant_by(bad, people))
        .exclude(pk__in=Relationship.objects.filter(pupil__in=beside).values("contact"))
    )


def _meant_by(bad, people):
    """Ids of those of `people` who may stand in a bad row: even a name or a reference that looks alike counts."""
    names = set(bad.exclude(name="").values_list("name", flat=True))
    same_name = [person.pk for person in people if person.name in names] if names else []
    looks = bad.exclude(look="").values("look")
    return people.filter(Q(reference_look__in=looks) | Q(pk__in=same_name)).values("pk")


def _alone_without(imported, pupils):
    alone = Person.objects.left_alone_by(pupils, timezone.localdate()) if pupils else Person.objects.none()
    return _not_named(imported, alone).values_list("pk", flat=True)


def _row(imported, person, roles):
    return ImportRow(
        of=imported,
        number=0,
        verdict=Verdict.LEAVING,
        reference=person.reference,
        key=person.reference_key,
        look=person.reference_look,
        name=person.name,
        person=person,
        undo={"roles": roles},
        joins=False,
    )
