"""From an open file to its rows, whichever kind of table it is."""

import io
from itertools import islice

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.people import tables

from . import columns, families, rows
from .problems import Problem, refuse, refused

# Above the headings may stand a title or two.
_ROWS_LOOKED_AT = 6


def read(data: bytes):
    """The Rows of a file. Raises ImportRefused with every problem that can be seen without the database."""
    found = list(rows_in(open_table(io.BytesIO(data))))
    refuse([problem for row in found for problem in row.problems] + rows.repeated_references(found))
    return found


def open_table(file):
    """The Table of an open file. Raises ImportRefused where it is none."""
    try:
        return tables.Table(file)
    except ValidationError as error:
        raise refused(error) from None


def columns_of(table):
    """Columns by the first rows of a table. Raises ImportRefused."""
    try:
        return columns.find(list(islice(enumerate(table, start=1), _ROWS_LOOKED_AT)))
    except ValidationError as error:
        raise refused(error) from None


def rows_in(table, matched=None, apart=()):
    """A Row for each person of a table, whatever is wrong with it. Raises ImportRefused where the whole table is wrong.

    `matched` are the Columns somebody has said; without them every heading must be known, and none of ours missing.
    """
    if matched is None:
        matched = columns_of(table)
        refuse([Problem(0, "", sentence) for sentence in _objections(matched)])
    try:
        lines = ((number, cells) for number, cells in enumerate(table, start=1) if number > matched.row)
        if matched.table == columns.PUPILS:
            yield from families.rows_of(lines, matched.meanings, apart)
        else:
            yield from rows.rows_of(lines, matched.meanings)
    except ValidationError as error:
        raise refused(error) from None


def _objections(matched):
    yield from matched.problems(rows.COLUMNS if matched.table == columns.PEOPLE else ())
    if unknown := matched.unknown():
        sentence = _("The import does not know the column %(columns)s. Take it out of the file.")
        yield sentence % {"columns": ", ".join(unknown)}
