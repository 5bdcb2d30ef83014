"""Reads a file into rows that wait, each with what it would change or with what is wrong. Nothing else is written."""

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.people import bounds, names
from portal.people.leaving import objections
from portal.people.models import Import, ImportRow, Person, Relationship
from portal.people.references import looking_like, meant, of_looks

from . import missing, shared
from .bulk import get_known, insert, parts_of, seldom_tidied, update
from .changing import Verdict, change_of, in_words
from .excerpt import Excerpt
from .grouping import Grouping, Standing
from .merged import is_led
from .remembered import key, resemblance
from .rows import Row, named, stands_already

AT_ONCE = 1000
LEASE = timedelta(minutes=5)
_STAYS_OUT = (Verdict.BAD, Verdict.WAITS)


@dataclass(slots=True)
class Staged:
    """A row about to be kept, as an ImportRow has it: of many at once a model's instances are a third of the work."""

    of: Import
    number: int
    reference: str
    key: str
    look: str
    said: list
    joins: bool
    problems: list
    verdict: str = ""
    name: str = ""
    person_id: int | None = None
    changes: dict | None = None
    names_others: bool = False


_KEPT = [name for name in Staged.__slots__ if name != "of"]
_cells = attrgetter("of.pk", *_KEPT)


@seldom_tidied()
def check(imported, rows, position=lambda: 0, proposes=False):
    """Write down every Row of `rows` with its verdict. `position` says how much of the file is read, in bytes.

    Who would leave because of it is proposed, and who has a number or an address with others marked, where somebody is there to be
    asked.
    """
    imported.rows.all().delete()
    standing, touched = Standing(), set()
    for part in parts_of(rows, AT_ONCE):
        touched |= stage(imported, part, standing)
        get_known(ImportRow)
        Import.objects.filter(pk=imported.pk).update(read=position(), lease_until=Now() + LEASE)
    with transaction.atomic():
        _refuse_the_doubled(imported)
        _refuse_look_alikes(imported)
        _refuse_circles(imported)
        _judge_anew_by_all_groups(imported, standing)
        _wait_for_others(imported)
        if proposes:
            touched |= missing.propose(imported)
            shared.mark(imported)
        imported.groups = sorted(touched)
        imported.counts = counts_of(imported)
        imported.save(update_fields=["counts", "moved", "missing", "groups"])


def counts_of(imported):
    return dict(imported.rows.values_list("verdict").annotate(n=Count("pk")).order_by())


def row_of(stored):
    return Row.of_said(stored.number, stored.said)


def stage(imported, rows, standing):
    """Write these Rows down; returns ids of the groups whose members would change."""
    excerpt = Excerpt(rows)
    new = set(imported.new)
    unknown = {resemblance(row.reference) for row in rows if not excerpt.of(row.reference)}
    looks = of_looks(Person.objects.filter(reference_look__any_of=unknown))
    staged, touched = [], set()
    for row in rows:
        reference = row.reference
        problems = [problem.as_list for problem in row.problems]
        its_key, look = key(reference), resemblance(reference)
        stored = Staged(imported, row.number, reference, its_key, look, row.said, row.joins, problems)
        if reference:
            stored.problems += _problems_of(row, excerpt, looks, new)
        touched |= _judge(stored, row, excerpt, standing)
        staged.append(stored)
    _refuse_who_cannot_leave(staged, excerpt)
    with transaction.atomic():
        insert(ImportRow, ["of_id", *_KEPT], list(map(_cells, staged)))
    return touched


def name_of(fields):
    return names.full(*(fields.get(name, "") for name in ("given_name", "family_name", "chinese_name")))


def _problems_of(row, excerpt, looks, new):
    if not excerpt.of(row.reference):
        among = excerpt.among(row.reference)
        others = among or ([] if key(row.reference) in new else looks[resemblance(row.reference)])
        if others:
            yield ["reference", _nobodys_yet(others), row.reference, ImportRow.ALIKE]
    if row.pupils and key(row.reference) in map(key, row.pupils):
        yield ["pupils", _("Nobody is their own contact."), row.reference]


def _nobodys_yet(others):
    return _("Nobody has this reference yet, but it looks like another.") + " " + meant(others)


def _judge(stored, row, excerpt, groups):
    if stored.problems:
        stored.verdict = Verdict.BAD
        person = excerpt.of(row.reference) if row.reference else None
        stored.person_id, stored.name = person and person.pk, name_of(row.fields)
        return set()
    pupils = map(excerpt.of, row.pupils)
    stored.names_others = any(pupil is None or not pupil.is_pupil for pupil in pupils)
    if not excerpt.of(row.reference):
        # Most of a first file: there is nothing to compare them with.
        stored.verdict, stored.name = Verdict.NEW, name_of(row.fields)
        entered = {pk for name in row.groups if (pk := groups.of(name).pk)}
        _refuse_what_widens(stored, entered)
        return entered
    change = change_of(row, excerpt, groups)
    stored.verdict, stored.name = change.verdict, change.person.name
    stored.person_id = change.person.pk
    stored.changes = in_words(change)
    _refuse_what_widens(stored, {group.pk for group in change.groups[1]}, change)
    return {group.pk for side in change.groups for group in side if group.pk}


def _refuse_what_widens(stored, entered, change=None):
    """Whoever is bound to groups does not put people into them, nor themselves into any."""
    bound = stored.of.bound_groups
    if bound is None:
        return
    if change and change.person.user_id == stored.of.by_id and change.widens:
        _refuse(stored, "", str(bounds.OF_THEMSELVES))
    elif entered & bound:
        _refuse(stored, "groups", str(bounds.OF_OTHERS))


def _refuse_who_cannot_leave(staged, excerpt):
    people = {stored.person_id: excerpt.of(stored.reference) for stored in staged if stored.person_id}
    found = cannot_leave(people.values())
    for stored in staged:
        if stored.person_id in found:
            _refuse(stored, "leaving_on", found[stored.person_id])


def cannot_leave(people):
    """{id: why} of those whom the school would lose although it cannot do without, as they are filled in."""
    return objections([person.pk for person in people if person.user_id and not person.goes_on])


def _save(rows):
    update(rows, ["verdict", "problems", "person", "names_others", "changes"])


def _refuse(stored, column, sentence, *mark):
    cell = stored.reference if column == "reference" else ""
    stored.problems = [*stored.problems, [column, sentence, cell, *mark]]
    stored.verdict = Verdict.BAD
    return stored


def keep_pupils(stored):
    """Have a contact stay what they are to pupils who have somebody else in the file."""
    fields, groups, pupils, *others = stored.said
    stored.said = [fields, groups, {reference: flags for reference, flags in pupils.items() if flags}, *others]
    row = row_of(stored)
    _judge(stored, row, Excerpt([row]), Standing())
    update([stored], ["verdict", "said", "changes"])


# --- compared with each other ---


def _refuse_the_doubled(imported):
    rows = imported.rows.exclude(key="")
    doubled = rows.values("key").annotate(n=Count("pk")).filter(n__gt=1).order_by().values_list("key", flat=True)
    wrong = []
    for part in parts_of(list(doubled), AT_ONCE):
        # Two who were there before keys were kept are told apart by the exact spelling.
        twins = set(
            Person.objects.filter(reference_key__in=part, resembles_another=True).values_list(
                "reference_key", flat=True
            )
        )
        first: dict = {}
        # A row of the very reference counts before one that was led to it.
        for stored in sorted(rows.filter(key__in=part), key=lambda stored: (is_led(stored), stored.pk)):
            whose = (stored.key, stored.person_id if stored.key in twins else None)
            if first.setdefault(whose, stored.number) != stored.number:
                wrong.append(_refuse(stored, "reference", stands_already(first[whose])))
    _save(wrong)


def _refuse_look_alikes(imported):
    """Of new people of one file that look alike the first may be meant."""
    rows = imported.rows.exclude(key="")
    looks = rows.values("look").annotate(one=Min("key"), other=Max("key")).exclude(one=F("other")).order_by()
    wrong = []
    for part in parts_of(list(looks.values_list("look", flat=True)), AT_ONCE):
        seen: dict = {}
        for stored in rows.filter(look__in=part):
            others = [other for other in seen.setdefault(stored.look, []) if key(other) != stored.key]
            is_new = stored.person_id is None and stored.key not in imported.new
            if others and is_new and not stored.problems:
                wrong.append(_refuse(stored, "reference", _nobodys_yet(others), ImportRow.ALIKE))
            seen[stored.look].append(stored.reference)
    _save(wrong)


def _refuse_circles(imported):
    """Two who would be contacts of each other, one of the ways perhaps as it stands and as the file leaves it."""
    rows = imported.rows.exclude(verdict=Verdict.BAD).filter(said__0__is_contact=True)
    rows = list(rows.filter(Q(said__0__is_pupil=True) | Q(person__is_pupil=True)))
    pairs = _pairs_after(rows)
    sentence = _("“%(reference)s” is a contact of this person. Of two people only one is the contact of the other.")
    wrong = {}
    for stored in rows:
        for pupil in stored.said[2]:
            if {(stored.key, key(pupil)), (key(pupil), stored.key)} <= pairs:
                wrong[stored.pk] = _refuse(stored, "pupils", sentence % {"reference": pupil})
    _save(list(wrong.values()))


def _pairs_after(rows):
    """{(key of a contact, key of a pupil)} of the people of these rows, once they have gone in."""
    said = {(stored.key, key(pupil)): flags for stored in rows for pupil, flags in stored.said[2].items()}
    standing = Relationship.objects.filter(pupil__in=[stored.person_id for stored in rows if stored.person_id])
    links = set(standing.values_list("contact__reference_key", "pupil__reference_key"))
    named_all = {stored.key for stored in rows if row_of(stored).names_all_pupils}
    stay = {link for link in links - said.keys() if link[0] not in named_all}
    return stay | {pair for pair, flags in said.items() if flags}


# --- groups, now that all their names are known ---


def groups_of(imported, names):
    """The Grouping of these names, as the rows that may go in use them."""

    def named_by(ids):
        rows = imported.rows.filter(person__in=ids).exclude(verdict__in=_STAYS_OUT)
        return {pk: [named(*group) for group in said[1]] for pk, said in rows.values_list("person", "said")}

    return Grouping(list(names), named_by)


def _judge_anew_by_all_groups(imported, standing):
    grouping = groups_of(imported, standing.found)
    imported.moved = grouping.moved
    touched = grouping.otherwise_than(standing)
    if not touched:
        return
    for part in parts_of(imported.rows.exclude(verdict=Verdict.BAD).iterator(AT_ONCE), AT_ONCE):
        pairs = [(stored, row) for stored in part if touched.intersection((row := row_of(stored)).groups)]
        excerpt = Excerpt([row for _stored, row in pairs])
        for stored, row in pairs:
            for name in row.groups:
                if name in grouping.unclear:
                    stored.problems = [*stored.problems, ["groups", grouping.unclear[name], name.name]]
            _judge(stored, row, excerpt, grouping)
        _save([stored for stored, _row in pairs])


# --- rows that name others ---


def _wait_for_others(imported):
    """Until nobody more waits: a row may name another that has begun to wait itself."""
    while _some_wait(imported):
        pass


def _some_wait(imported):
    naming = imported.rows.filter(names_others=True).exclude(verdict__in=_STAYS_OUT).values_list("pk", "said__2")
    found = False
    for part in parts_of(naming.iterator(AT_ONCE), AT_ONCE):
        named = {key(reference) for _pk, pupils in part for reference in pupils}
        pupils = Person.objects.filter(reference_key__any_of=named, is_pupil=True)
        known = set(pupils.order_by().values_list("reference_key", flat=True))
        rows = imported.rows.filter(key__any_of=named - known).exclude(verdict__in=_STAYS_OUT)
        known |= set(rows.filter(said__0__is_pupil=True).values_list("key", flat=True))
        in_question = [pk for pk, pupils in part if not known.issuperset(map(key, pupils))]
        found |= bool(in_question and _refuse_or_wait(imported, in_question, known))
    return found


def _refuse_or_wait(imported, ids, known):
    """How many of these rows stay out."""
    rows = list(imported.rows.filter(pk__in=ids))
    named = {key(reference) for stored in rows for reference in stored.said[2]}
    there = {stored.key: stored for stored in imported.rows.filter(key__in=named - known).order_by("-pk")}
    out = [stored for stored in rows if _cannot_go_in(stored, known, there)]
    _save(out)
    return len(out)


def _cannot_go_in(stored, known, there):
    for reference in stored.said[2]:
        if key(reference) in known:
            continue
        other = there.get(key(reference))
        if other and other.verdict in _STAYS_OUT:
            stored.problems = [["pupils", _("Waits for row %(row)s.") % {"row": other.number}, reference]]
            stored.verdict = Verdict.WAITS
        else:
            _refuse(stored, "pupils", no_such_pupil(reference))
    return stored.verdict in _STAYS_OUT


def no_such_pupil(reference):
    sentence = _("There is no pupil with the reference “%(reference)s”.") % {"reference": reference}
    return f"{sentence} {meant(looking_like([reference])[resemblance(reference)])}".strip()
