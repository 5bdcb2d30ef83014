"""Brings checked rows into the directory, in one transaction: all that may go in, or after a failure nothing."""

from array import array

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.people.leaving.actions import set_last_days
from portal.people.models import Import, ImportRow, Membership, Person, Relationship
from portal.people.roles import Role

from ..models import User
from . import facts
from .bulk import insert, parts_of, update
from .changing import Verdict, change_of, pupils_changed
from .checking import AT_ONCE, cannot_leave, counts_of, groups_of, no_such_pupil, row_of
from .excerpt import Excerpt
from .merged import lead_to_kept
from .rows import named


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


def enter(imported: Import) -> None:
    """Change what the rows of an import change. The directory is asked anew: it may have been edited meanwhile."""
    rows = imported.rows.filter(verdict__in=ImportRow.ENTER).exclude(said=None).order_by("pk")
    names = {
        tuple(group) for said in rows.values_list("said", flat=True).iterator(AT_ONCE) if said for group in said[1]
    }
    grouping = groups_of(imported, [named(*name) for name in sorted(names)])
    grouping.save()
    with_pupils = array("q")
    for part in parts_of(rows.iterator(AT_ONCE), AT_ONCE):
        with_pupils.extend(_enter_people(part, grouping))
    # Those who are new, all at once: row by row it would be half of the work.
    theirs = Person.objects.filter(reference=OuterRef("reference")).values("pk")[:1]
    rows.filter(verdict=Verdict.NEW, person=None).update(person=Subquery(theirs))
    for ids in parts_of(with_pupils, AT_ONCE):
        _enter_relationships(list(imported.rows.filter(pk__in=ids)))
    imported.departure = _end_roles(imported)
    imported.rows.filter(verdict__in=ImportRow.ENTER).update(entered=True)
    imported.counts = counts_of(imported)
    imported.moved, imported.regrouped, imported.new_groups = grouping.moved, grouping.regrouped, grouping.made


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


def _enter_people(part, grouping):
    """Ids of those rows whose contacts get or lose pupils."""
    rows = [row_of(stored) for stored in part]
    lead_to_kept(rows)
    excerpt = Excerpt(rows)
    changes = [change_of(row, excerpt, grouping) for row in rows]
    part, changes = _without_who_cannot_leave(part, changes)
    insert([change.person for change in changes if not change.before])
    facts.save([change.person for change in changes if change.facts])
    _number([change.person for change in changes if not change.before])
    _enter_groups(changes, excerpt)
    for stored, change in zip(part, changes, strict=True):
        stored.person_id = change.person.pk
        if not (stored.is_back and change.before):
            stored.verdict = change.verdict
        if change.before:
            undo = {"facts": change.facts, "groups": [[group.pk for group in side] for side in change.groups]}
            stored.undo = (stored.undo or {}) | undo
    update([stored for stored in part if stored.verdict != Verdict.NEW], ["verdict", "person", "undo"])
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


def _number(people):
    """Give people inserted a moment ago their ids."""
    ids = dict(Person.objects.filter(reference__in=[p.reference for p in people]).values_list("reference", "pk"))
    for person in people:
        person.pk = ids[person.reference]


def _enter_groups(changes, excerpt):
    left, entered = [], []
    for change in changes:
        pk = change.person.pk
        left += [excerpt.memberships[pk][group.pk] for group in change.groups[0]]
        entered += [Membership(person_id=pk, group_id=group.pk) for group in change.groups[1]]
    Membership.objects.filter(pk__in=left).delete()
    insert(entered)


def _enter_relationships(part):
    rows = [row_of(stored) for stored in part]
    lead_to_kept(rows)
    excerpt = Excerpt(rows)
    gone, fresh, other = [], [], []
    for stored, row in zip(part, rows, strict=True):
        contact, links = stored.person_id, excerpt.relationships[stored.person_id]
        wanted = {}
        for reference, flags in row.pupils.items():
            pupil = excerpt.holders.of(reference)
            if pupil is None or not pupil.is_pupil:
                stored.problems = [*stored.problems, ["pupils", no_such_pupil(reference), reference]]
            else:
                wanted[pupil.pk] = flags
        changed = pupils_changed(wanted, links, row.names_all_pupils)
        for pk, (before, after) in changed.items():
            if after is None:
                gone.append(links[pk].pk)
            elif before is None:
                fresh.append(Relationship(contact_id=contact, pupil_id=pk, **after))
            else:
                other.append(_with(links[pk], after))
        if stored.verdict != Verdict.NEW:
            stored.undo = (stored.undo or {}) | {"pupils": changed}
    Relationship.objects.filter(pk__in=gone).delete()
    insert(fresh)
    update(other, ["kind", "may_receive_messages", "may_see_data"])
    update([stored for stored in part if stored.undo or stored.problems], ["problems", "undo"])


def _with(link, flags):
    for name, value in flags.items():
        setattr(link, name, value)
    return link
