"""Lists of references that somebody types or uploads."""

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal import languages
from portal.people import tables
from portal.people.models.person import PersonQuerySet
from portal.people.references import Found, find, separated
from portal.people.typed import cell, items, key
from portal.uploads import MEGABYTE

MOST_LISTED = 10_000
LARGEST_LIST = MEGABYTE


def rows_of(upload: UploadedFile) -> list[str]:
    """The lines of a text, or the first column of a table, with or without its heading."""
    if (upload.size or 0) > LARGEST_LIST:
        raise ValidationError(_("The file must be %(most)d MB or smaller.") % {"most": LARGEST_LIST // MEGABYTE})
    table = tables.rows_of(upload.read())
    if len(table) == 1:  # no table: a list in one line
        return [cell(text) for text in table[0]]
    if table and table[0] and key(table[0][0]) in _headings():
        table[0] = []
    return [cell(row[0]) if row else "" for row in table]


def _headings() -> set[str]:
    """What stands over the column in the tables of ours, in whichever language they were downloaded."""
    in_each = languages.in_each(lambda: gettext("Reference"))
    return {key(heading) for heading in ("reference", *(text for _code, _name, text in in_each))}


def ids_of(rows: list[str], own: PersonQuerySet | None = None) -> list[int]:
    """The ids of the people with these references. Raises ValidationError naming rows with an unknown one.

    To whoever may write to `own` alone, anybody else's reference is nobody's.
    """
    if sum(len(items(row)) for row in rows) > MOST_LISTED:
        raise ValidationError(_("The list must have %(most)s rows or fewer.") % {"most": f"{MOST_LISTED:,}"})
    wanted = [(number, reference) for number, row in enumerate(separated(rows), 1) for reference in row]
    found = find([reference for _number, reference in wanted])
    if questions := found.questions() if own is None else _strangers(found, own):
        unknown = [(number, reference) for number, reference in wanted if reference in questions]
        shown = "; ".join(f"{n}: {reference[:40]} {questions[reference]}".strip() for n, reference in unknown[:10])
        sentence = ngettext(
            "%(count)s row has a reference nobody has (row: reference): %(rows)s",
            "%(count)s rows have a reference nobody has (row: reference): %(rows)s",
            len(unknown),
        )
        raise ValidationError(sentence % {"count": len(unknown), "rows": shown})
    return found.people


def _strangers(found: Found, own: PersonQuerySet) -> dict[str, str]:
    known = set(own.filter(pk__in=found.people).values_list("pk", flat=True))
    return {typed: "" for typed in found.nobodys} | {typed: "" for typed, pk in found.ids.items() if pk not in known}
