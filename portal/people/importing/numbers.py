"""Rows whose new number somebody else has as well, in the file or on record: they go in, and are named."""

from collections import defaultdict

from django.db.models import Count, Exists, OuterRef, Q, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from portal.people.models import ImportRow, Person
from portal.people.phones import display
from portal.people.shared_numbers import MOST_NAMED

Verdict = ImportRow.Verdict
# A pair with a mark behind is in question, and changes nothing.
_CHANGES = Q(changes__has_key="mobile", changes__mobile__2__isnull=True)


def mark(imported):
    """Write down which rows bring a number that two would have then."""
    bringing, on_record = _bringing(imported), _on_record(imported)
    doubled = bringing.order_by().values("mobile").annotate(n=Count("pk")).filter(n__gt=1)
    for numbers in (on_record, doubled):
        ids = bringing.filter(mobile__in=numbers.values("mobile")).values("pk")
        imported.rows.filter(pk__in=ids).update(shares_number=True)


def _bringing(imported):
    """Rows that go in and give somebody a number they have not yet, each with it as `mobile`."""
    rows = imported.rows.filter(Q(verdict=Verdict.NEW) | _CHANGES, verdict__in=ImportRow.ENTER)
    return rows.annotate(mobile=Cast(KT("said__0__mobile"), TextField())).filter(mobile__gt="")


def _on_record(imported):
    """People with a number that the file leaves them."""
    losing = imported.rows.filter(_CHANGES, person=OuterRef("pk"), verdict__in=ImportRow.ENTER)
    return Person.objects.exclude(mobile="").filter(~Exists(losing))


def name_others(imported, rows, *, reads):
    """Give each of the marked `rows` its `number`, and in `others` who has it as well; two queries.

    `reads`: whether the reader may know who is on record.
    """
    numbers = {row.pk: row.said[0]["mobile"] for row in rows}
    wanted, others = set(numbers.values()), defaultdict(list)
    in_file = _bringing(imported).filter(shares_number=True, mobile__in=wanted)
    for row in in_file.select_related("person"):
        others[row.mobile].append((row.pk, f"{row.name_as_read} ({row.reference})"))
    for person in _on_record(imported).filter(mobile__in=wanted).by_name():
        others[person.mobile].append((None, _named(person) if reads else _("somebody on record")))
    for row in rows:
        row.number = display(numbers[row.pk])
        theirs = list(dict.fromkeys(words for pk, words in others[numbers[row.pk]] if pk != row.pk))
        row.others = theirs[:MOST_NAMED] + ["…"] * (len(theirs) > MOST_NAMED)


def _named(person):
    return f"{person.name_as_read} ({person.reference})" + (f" – {_('left')}" if person.has_left else "")
