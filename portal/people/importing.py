"""Reads the people of one CSV file into rows the directory can take, or into a list of what is wrong where.

Columns: reference, roles, given_name, family_name, chinese_name, email, mobile, language, groups, pupils.
`roles` and `groups` are separated by ";". A group is KIND=NAME ("year=Year 7; form=7A"); a form's parent is the year
of the same row. A pupil is REFERENCE=KIND, with "no-messages" or "no-data" behind it where a flag is taken away
("P0007=father no-data"). An example stands in `static/examples/people.csv`.
"""

import csv
import io
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from .models import Group, Relationship
from .phones import parse_mobile
from .roles import Role
from .texts import check_name

COLUMNS = [
    "reference",
    "roles",
    "given_name",
    "family_name",
    "chinese_name",
    "email",
    "mobile",
    "language",
    "groups",
    "pupils",
]
ROLES = {role.word: role for role in Role}
FLAGS = {"no-messages": "may_receive_messages", "no-data": "may_see_data"}


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell, or with `column` empty in the whole row or (row 0) the whole file."""

    row: int  # as a spreadsheet counts: the headings are row 1
    column: str
    sentence: str

    def __str__(self):
        if not self.row:
            return self.sentence
        if not self.column:
            return _("Row %(row)s: %(sentence)s") % {"row": self.row, "sentence": self.sentence}
        return _("Row %(row)s, column %(column)s: %(sentence)s") % {
            "row": self.row,
            "column": self.column,
            "sentence": self.sentence,
        }


class ImportRefused(Exception):
    """Nothing was imported; `problems` says why, row by row."""

    def __init__(self, problems):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass
class Row:
    number: int
    fields: dict
    groups: list[tuple[str, str]] = field(default_factory=list)
    pupils: dict[str, dict] = field(default_factory=dict)  # reference → kind and flags


def read(data: bytes) -> list[Row]:
    """The rows of the file. Raises ImportRefused with every problem that can be seen without the database."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportRefused([Problem(0, "", _("The file is not UTF-8. Save it as “CSV UTF-8”."))]) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        table = list(reader)
    except csv.Error as error:
        raise ImportRefused([Problem(reader.line_num, "", str(error))]) from None
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
    if missing:
        sentence = _("The file lacks the column %(columns)s.") % {"columns": ", ".join(missing)}
        raise ImportRefused([Problem(0, "", sentence)])
    rows, problems = [], []
    for number, cells in enumerate(table, start=2):
        row, wrong = _read_row(number, cells)
        rows.append(row)
        problems += wrong
    problems += _repeated_references(rows)
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.row))
    return rows


def _read_row(number, cells):
    problems = []
    if None in cells or None in cells.values():
        return Row(number, {}), [Problem(number, "", _("The row does not have as many cells as the headings."))]
    row = Row(number, {})
    for column in COLUMNS:
        try:
            _READERS[column](row, cells[column].strip())
        except ValidationError as error:
            problems.append(Problem(number, column, " ".join(error.messages)))
    return row, problems


def _reference(row, cell):
    if not cell:
        raise ValidationError(_("The reference is empty."))
    if len(cell) > 40:
        raise ValidationError(_("The reference is longer than 40 characters."))
    row.fields["reference"] = check_name(cell)


def _roles(row, cell):
    roles = {word.strip().lower() for word in cell.split(";") if word.strip()}
    if not roles or not roles <= ROLES.keys():
        raise ValidationError(
            _("Roles are staff, contact and pupil, separated by a semicolon; here: “%(cell)s”.") % {"cell": cell}
        )
    row.fields.update({role.column: word in roles for word, role in ROLES.items()})


def _name(column, longest, needed):
    def read_name(row, cell):
        if needed and not cell:
            raise ValidationError(_("The name is empty."))
        if len(cell) > longest:
            raise ValidationError(_("The name is longer than %(longest)s characters.") % {"longest": longest})
        row.fields[column] = check_name(cell)

    return read_name


def _email(row, cell):
    if cell:
        validate_email(cell)
    row.fields["email"] = cell


def _mobile(row, cell):
    row.fields["mobile"] = parse_mobile(cell) if cell else ""


def _language(row, cell):
    language = cell.lower() or settings.LANGUAGE_CODE
    if language not in settings.LANGUAGE_NAMES:
        raise ValidationError(
            _("Languages are %(known)s; here: “%(cell)s”.")
            % {"known": ", ".join(settings.LANGUAGE_NAMES), "cell": cell}
        )
    row.fields["language"] = language


def _groups(row, cell):
    for item in filter(None, (item.strip() for item in cell.split(";"))):
        kind, equals, name = (part.strip() for part in item.partition("="))
        if not equals or kind not in Group.Kind.values or not name or len(name) > 60:
            raise ValidationError(
                _("A group is written KIND=NAME, as “year=Year 7”; here: “%(item)s”.") % {"item": item}
            )
        row.groups.append((kind, check_name(name)))


def _pupils(row, cell):
    for item in filter(None, (item.strip() for item in cell.split(";"))):
        reference, equals, rest = (part.strip() for part in item.partition("="))
        kind, *flags = rest.split() or [""]
        if not equals or kind not in Relationship.Kind.values or not set(flags) <= FLAGS.keys():
            raise ValidationError(
                _(
                    "A pupil is written REFERENCE=KIND, as “P0007=mother”, with no-messages or no-data behind it; here: “%(item)s”."
                )
                % {"item": item}
            )
        row.pupils[reference] = {"kind": kind} | {column: flag not in flags for flag, column in FLAGS.items()}


_READERS = {
    "reference": _reference,
    "roles": _roles,
    "given_name": _name("given_name", 80, needed=True),
    "family_name": _name("family_name", 80, needed=False),
    "chinese_name": _name("chinese_name", 40, needed=False),
    "email": _email,
    "mobile": _mobile,
    "language": _language,
    "groups": _groups,
    "pupils": _pupils,
}


def _repeated_references(rows):
    seen, problems = {}, []
    for row in rows:
        reference = row.fields.get("reference")
        if reference in seen:
            sentence = _("The reference stands in row %(row)s already.") % {"row": seen[reference]}
            problems.append(Problem(row.number, "reference", sentence))
        elif reference:
            seen[reference] = row.number
    return problems
