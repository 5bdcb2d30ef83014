"""Rows whose new number or e-mail address somebody else has as well, in the file or on record: they go in, and are named."""

from collections import defaultdict

from django.db.models import Count, Exists, F, OuterRef, Q, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Lower
from django.utils.translation import gettext as _

from portal.people.models import ImportRow, Person
from portal.people.shared import MEANINGS, MOST_NAMED, shown

from .bulk import parts_of

AT_ONCE = 2000
Verdict = ImportRow.Verdict


def mark(imported):
    """Write down which rows bring what two would have then.

    Part by part: nothing is joined with rows that came a moment ago, of which the database knows no number yet.
    """
    for column in MEANINGS:
        bringing = _bringing(imported, column)
        shared: list[str] = []
        counted = bringing.order_by().values_list("value").annotate(n=Count("pk"))
        for part in parts_of(counted.iterator(AT_ONCE), AT_ONCE):
            known = _on_record(imported, column).filter(value__in=[value for value, _n in part])
            shared += {value for value, n in part if n > 1} | set(known.values_list("value", flat=True))
        for values in parts_of(shared, AT_ONCE):
            ids = list(bringing.filter(value__in=values).values_list("pk", flat=True))
            imported.rows.filter(pk__in=ids).update(shares=True)


def _changes(column):
    """Q of rows that change it: a pair with a mark behind is in question, and changes nothing."""
    return Q(changes__has_key=column) & Q(**{f"changes__{column}__2__isnull": True})


def _bringing(imported, column):
    """Rows that go in and give somebody a number or an address they have not yet, each with it as `value`."""
    rows = imported.rows.filter(Q(verdict=Verdict.NEW) | _changes(column), verdict__in=ImportRow.ENTER)
    return rows.annotate(value=Lower(Cast(KT(f"said__0__{column}"), TextField()))).filter(value__gt="")


def _on_record(imported, column):
    """People with what the file leaves them."""
    losing = imported.rows.filter(_changes(column), person=OuterRef("pk"), verdict__in=ImportRow.ENTER)
    people = Person.objects.exclude(**{column: ""}).filter(~Exists(losing))
    return people.annotate(value=Lower(F(column)))


def name_others(imported, rows, *, reads):
    """Give each of the marked `rows` in `shared` what it brings and who has it as well; two queries for each column.

    `reads`: whether the reader may know who is on record.
    """
    for row in rows:
        row.shared = []
    for column in MEANINGS:
        brought = {row.pk: value for row in rows if (value := _brings(row, column))}
        others = _others(imported, column, set(brought.values()), reads) if brought else {}
        for row in rows:
            theirs = [words for pk, words in others.get(brought.get(row.pk), []) if pk != row.pk]
            if theirs:
                named = list(dict.fromkeys(theirs))
                named = named[:MOST_NAMED] + ["…"] * (len(named) > MOST_NAMED)
                row.shared.append((shown(column, row.said[0][column]), named))


def _brings(row, column):
    is_new = row.verdict == Verdict.NEW or len((row.changes or {}).get(column, [])) == 2
    return (row.said[0].get(column) or "").lower() if is_new else ""


def _others(imported, column, values, reads):
    """{value: [(id of a row of the file, or None, who)]}"""
    others = defaultdict(list)
    for row in _bringing(imported, column).filter(shares=True, value__in=values).select_related("person"):
        others[row.value].append((row.pk, f"{row.name_as_read} ({row.reference})"))
    for person in _on_record(imported, column).filter(value__in=values).by_name():
        others[person.value].append((None, _named(person) if reads else _("somebody on record")))
    return others


def _named(person):
    return f"{person.name_as_read} ({person.reference})" + (f" – {_('left')}" if person.has_left else "")
