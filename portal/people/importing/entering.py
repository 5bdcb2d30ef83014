"""Brings checked rows into the directory, in one transaction: all that may go in, or after a failure nothing."""

from array import array

from django.db.models import BigIntegerField, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.people.leaving.actions import set_last_days
from portal.people.models import Import, ImportRow, Membership, Person, Relationship
from portal.people.roles import Role

from ..models import User
from . import facts, newcomers
from .bulk import insert, parts_of, seldom_tidied, update
from .changing import Verdict, change_of, pupils_changed
from .checking import AT_ONCE, cannot_leave, counts_of, groups_of, no_such_pupil, row_of
from .excerpt import FLAGS, LINK, Excerpt, link
from .rows import Row, named


def enter_checked(imported: Import, *, by: User | None) -> None:
    """Let the rows of a checked import in, and write down that it is done."""
    enter(imported)
    imported.state, imported.entered_at, imported.lease_until = Import.State.DONE, Now(), None
    imported.save()
    counts = imported.counts
    record(
        gettext_noop("imported people"),
        by=by,
        subject=imported,
        new=counts.get(Verdict.NEW, 0),
        changed=imported.changed,
        unchanged=counts.get(Verdict.UNCHANGED, 0),
    )


@seldom_tidied()
def enter(imported: Import) -> None:
    """Change what the rows of an import change. The directory is asked anew: it may have been edited meanwhile."""
    rows = imported.rows.filter(verdict__in=ImportRow.ENTER).exclude(said=None).order_by("pk")
    named_there = rows.order_by().values_list("said__1", flat=True).distinct()
    names = {tuple(group) for groups in named_there.iterator(AT_ONCE) for group in groups}
    grouping = groups_of(imported, [named(*name) for name in sorted(names)])
    grouping.save()
    _sort_anew(rows)
    with_pupils = array("q")
    new = rows.filter(verdict=Verdict.NEW).values_list("pk", "number", "said", "key", "look")
    for part in parts_of(new.iterator(AT_ONCE), AT_ONCE):
        with_pupils.extend(_enter_new(part, grouping))
    for part in parts_of(rows.exclude(verdict=Verdict.NEW).iterator(AT_ONCE), AT_ONCE):
        with_pupils.extend(_enter_people(part, grouping))
    _mark_entered(imported)
    for ids in parts_of(with_pupils, AT_ONCE):
        _enter_relationships(list(imported.rows.filter(pk__in=ids)))
    imported.departure = _end_roles(imported)
    imported.counts = counts_of(imported)
    imported.moved, imported.regrouped, imported.new_groups = grouping.moved, grouping.regrouped, grouping.made


def _sort_anew(rows):
    """Since the file was read who was new may have come by another way, and who was there be gone."""
    there = Exists(Person.everybody.filter(reference_key=OuterRef("key")))
    rows.filter(there, verdict=Verdict.NEW).update(verdict=Verdict.CHANGED)
    rows.filter(~there).exclude(verdict=Verdict.NEW).update(verdict=Verdict.NEW)


def _mark_entered(imported):
    """And whose row each is that was somebody new, all at once: row by row it would be half of the work."""
    theirs = Person.objects.filter(reference=OuterRef("reference")).order_by().values("pk")
    person = Coalesce("person_id", Subquery(theirs), output_field=BigIntegerField())
    imported.rows.filter(verdict__in=ImportRow.ENTER).update(entered=True, person=person)


def _end_roles(imported):
    """The Departure of those whom a complete file does not name, and of who is back; None where there are none."""
    leaving = imported.rows.filter(verdict=Verdict.LEAVING).values_list("person", "undo")
    last_days = {(pk, Role(role)): _last_day(imported, undo) for pk, undo in leaving for role in undo["roles"] if pk}
    back = imported.rows.filter(verdict=Verdict.BACK).values_list("person", "undo")
    last_days |= {(pk, Role(role)): None for pk, undo in back for role in undo["back"] if pk}
    return set_last_days(last_days, by=imported.by) if last_days else None


def _last_day(imported, undo):
    """A contact stays as long as the pupils do whose last day the file says."""
    return max(filter(None, [imported.last_day, facts.day(undo.get("last_day"))]))


def _enter_new(part, grouping):
    """Ids of those rows whose pupils are not all there yet."""
    rows = [Row.of_said(number, said) for _pk, number, said, _key, _look in part]
    ids = newcomers.enter(rows, [stored[3:] for stored in part], grouping)
    done = newcomers.relate(ids, rows)
    return [stored[0] for stored, is_done in zip(part, done, strict=True) if not is_done]


def _enter_people(part, grouping):
    """Ids of those rows whose contacts get or lose pupils."""
    rows = [row_of(stored) for stored in part]
    excerpt = Excerpt(rows)
    changes = [change_of(row, excerpt, grouping) for row in rows]
    part, changes = _without_who_cannot_leave(part, changes)
    facts.save([change.person for change in changes if change.facts])
    _enter_groups(changes, excerpt)
    for stored, change in zip(part, changes, strict=True):
        stored.person_id = change.person.pk
        if not stored.is_back:
            stored.verdict = change.verdict
        undo = {"facts": change.facts, "groups": [[group.pk for group in side] for side in change.groups]}
        stored.undo = (stored.undo or {}) | undo
    update(part, ["verdict", "person", "undo"])
    return [stored.pk for stored, change in zip(part, changes, strict=True) if change.pupils]


def _without_who_cannot_leave(part, changes):
    found = cannot_leave(change.person for change in changes if change.before)
    kept = []
    for stored, change in zip(part, changes, strict=True):
        if change.person.pk in found:
            stored.verdict, stored.problems = Verdict.BAD, [["leaving_on", found[change.person.pk], ""]]
        else:
            kept.append((stored, change))
    update([stored for stored in part if stored.verdict == Verdict.BAD], ["verdict", "problems"])
    return [stored for stored, _change in kept], [change for _stored, change in kept]


def _enter_groups(changes, excerpt):
    left, entered = [], []
    for change in changes:
        pk = change.person.pk
        left += [excerpt.memberships[pk][group.pk] for group in change.groups[0]]
        entered += [(pk, group.pk) for group in change.groups[1]]
    Membership.objects.filter(pk__in=left).delete()
    insert(Membership, ["person_id", "group_id"], entered)


def _enter_relationships(part):
    rows = [row_of(stored) for stored in part]
    excerpt = Excerpt(rows)
    gone, fresh, other = [], [], []
    for stored, row in zip(part, rows, strict=True):
        contact, links = stored.person_id, excerpt.relationships[stored.person_id]
        wanted = {}
        for reference, flags in row.pupils.items():
            pupil = excerpt.of(reference)
            if pupil is None or not pupil.is_pupil:
                stored.problems = [*stored.problems, ["pupils", no_such_pupil(reference), reference]]
            else:
                wanted[pupil.pk] = flags
        changed = pupils_changed(wanted, links, row.names_all_pupils)
        for pk, (before, after) in changed.items():
            if after is None:
                gone.append(links[pk].pk)
            elif before is None:
                fresh.append(link(contact, pk, after))
            else:
                other.append(_with(links[pk], after))
        if stored.verdict != Verdict.NEW:
            stored.undo = (stored.undo or {}) | {"pupils": changed}
    Relationship.objects.filter(pk__in=gone).delete()
    insert(Relationship, LINK, fresh)
    update(other, FLAGS)
    update([stored for stored in part if stored.undo or stored.problems], ["problems", "undo"])


def _with(one, flags):
    for name, value in flags.items():
        setattr(one, name, value)
    return one
