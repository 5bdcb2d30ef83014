"""What a file would change, or has changed, by name: a page of its rows, in words."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.people.models import Person
from portal.people.phones import display
from portal.people.roles import Role
from portal.people.typed import key

from . import facts
from .changing import CONFLICT, SETTLED
from .columns import WORDS

PAGE_SIZE = 50
_LAST_DAYS = {role.last_day for role in Role}
_FLAGS = {role.column: "roles" for role in Role} | dict.fromkeys(_LAST_DAYS, "leaving_on")


@dataclass
class RowsPage:
    rows: list
    after: int | None  # the id to ask the next page with
    is_first: bool


def page_of_rows(imported, verdict, after):
    """The rows of one verdict, in the order of the file; two queries, however many there are."""
    if not verdict:
        return RowsPage([], None, True)
    rows = imported.rows.filter(verdict=verdict).select_related("person")
    if after is not None:
        rows = rows.filter(id__gt=after)
    rows = list(rows[: PAGE_SIZE + 1])
    for row in rows:
        row.in_words = [_change(*item) for item in (row.changes or {}).items()]
        row.problems_in_words = [
            [WORDS.get(column, column), sentence, cell] for column, sentence, cell, *_mark in row.problems
        ]
    _name_pupils_ended(rows)
    return RowsPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None, after is None)


def _name_pupils_ended(rows):
    keys = {key(reference) for row in rows for reference in row.pupils_ended}
    people = {person.reference_key: person for person in Person.objects.filter(reference_key__in=keys)} if keys else {}
    for row in rows:
        row.no_longer_of = [people[key(r)].name_as_read for r in row.pupils_ended if key(r) in people]


def _change(what, values):
    """(what changes, and how), as the page shows it."""
    *pair, mark = values if len(values) == 3 else (*values, "")
    label, before, after = _pair(what, pair)
    if mark == CONFLICT:
        sentence = _("the office wrote %(here)s, the file says %(file)s now. What the office wrote stays.")
        return label, sentence % {"here": before, "file": after}
    if mark == SETTLED:
        return label, _("nothing is in question any more")
    return label, f"{before} → {after}"


def _pair(what, pair):
    if what == "pupils":
        return WORDS[what], _("%(number)s before") % {"number": pair[0]}, str(pair[1])
    return (WORDS[_FLAGS.get(what, what)], *(_in_words(what, value) for value in pair))


def _in_words(what, value):
    if value in (None, "", []):
        return "–"
    if what in _LAST_DAYS:
        return date_format(facts.day(value), "DATE_FORMAT")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return display(value) if what == "mobile" else str(value)
