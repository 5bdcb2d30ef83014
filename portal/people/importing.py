"""Reads the people of one CSV file into rows the directory can take, or into a list of what is wrong where.

Columns: reference, roles, given_name, family_name, chinese_name, email, mobile, language, groups, pupils, and
leaving_on (2026-07-31) where the school keeps it. `roles` and `groups` are separated by ";". A group is KIND=NAME
("year=Year 7; form=7A"). A form or class belongs to the year of the same row; without a year in the row it is written
"form=七年级 · 1班" where several years have one of that name. A pupil is REFERENCE=KIND, with "no-messages" or
"no-data" behind it where a flag is taken away ("P0007=father no-data"). An example stands in
`static/examples/people.csv`.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from . import tables
from .models import Group, Relationship
from .phones import parse_mobile
from .roles import Role
from .texts import check_name
from .typed import cell, is_shortened, key, plain, same_separators, visible

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
# Columns a file may lack; what they say of people stays as it is then.
OPTIONAL = ["leaving_on"]
_NAMES = ["given_name", "family_name", "chinese_name"]
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


@dataclass(frozen=True)
class GroupName:
    """A group as a file names it; `year` is the one it stands below, where it says so."""

    kind: str
    name: str = field(compare=False)
    year: str = field(compare=False, default="")
    keys: tuple = field(init=False)  # the same group in another spelling is the same

    def __post_init__(self):
        object.__setattr__(self, "keys", (key(self.name), key(self.year)))


@dataclass
class Row:
    number: int
    fields: dict = field(default_factory=dict)
    groups: list[GroupName] = field(default_factory=list)
    pupils: dict[str, dict] = field(default_factory=dict)  # reference → kind and flags


def read(data: bytes) -> list[Row]:
    """The rows of the file. Raises ImportRefused with every problem that can be seen without the database."""
    try:
        heading, *table = tables.rows_of(data) or [[]]
    except ValidationError as error:
        raise ImportRefused([Problem(0, "", " ".join(error.messages))]) from None
    columns = [key(column) for column in heading]
    while columns and not columns[-1]:
        columns.pop()
    _check_columns(columns)
    rows, problems = [], []
    for number, cells in enumerate(table, start=2):
        if cells:
            row, wrong = _read_row(number, columns, cells)
            rows.append(row)
            problems += wrong
    problems += _repeated_references(rows)
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.row))
    return rows


def _repeated_references(rows):
    """Those written the very same; whether others are one, the directory knows."""
    seen, problems = {}, []
    for row in rows:
        reference = row.fields.get("reference")
        if reference and seen.setdefault(reference, row.number) != row.number:
            problems.append(Problem(row.number, "reference", stands_already(seen[reference])))
    return problems


def stands_already(row):
    return _("The reference stands in row %(row)s already.") % {"row": row}


def _check_columns(columns):
    problems = []
    for names, sentence in (
        ([c for c in COLUMNS if c not in columns], _("The file lacks the column %(columns)s.")),
        (
            [c or "–" for c in columns if c not in COLUMNS + OPTIONAL],
            _("The import does not know the column %(columns)s. Take it out of the file."),
        ),
        (sorted({c for c in columns if columns.count(c) > 1}), _("The file has the column %(columns)s twice.")),
    ):
        if names:
            problems.append(Problem(0, "", sentence % {"columns": ", ".join(names)}))
    if problems:
        raise ImportRefused(problems)


def _read_row(number, columns, cells):
    if any(extra.strip() for extra in cells[len(columns) :]):
        return Row(number), [Problem(number, "", _("The row does not have as many cells as the headings."))]
    # A spreadsheet leaves empty cells at the end of a row out.
    filled = cells + [""] * (len(columns) - len(cells))
    row, problems = Row(number), []
    for column, text in zip(columns, filled, strict=False):
        try:
            _READERS[column](row, cell(text) if column not in _NAMES else text.strip())
        except ValidationError as error:
            problems.append(Problem(number, column, " ".join(error.messages)))
    if row.pupils and not row.fields.get(Role.CONTACT.column, True):
        sentence = _("Only a contact has pupils: write contact among the roles, or leave this cell empty.")
        problems.append(Problem(number, "pupils", sentence))
    return row, problems


def _reference(row, cell):
    if not cell:
        raise ValidationError(_("The reference is empty."))
    if len(cell) > 40:
        raise ValidationError(_("The reference is longer than 40 characters."))
    if is_shortened(cell):
        raise ValidationError(
            _("The spreadsheet has changed this reference. Make the column a column of text and write it again.")
        )
    row.fields["reference"] = plain(cell)


def _roles(row, cell):
    roles = {key(word) for word in re.split("[;,、]", same_separators(cell)) if word.strip()}
    if not roles or not roles <= Role.words().keys():
        raise ValidationError(
            _("Roles are staff, contact and pupil, separated by a semicolon; here: “%(cell)s”.") % {"cell": cell}
        )
    row.fields.update({role.column: word in roles for word, role in Role.words().items()})


def _name(column, longest, needed):
    def read_name(row, cell):
        if needed and not cell:
            raise ValidationError(_("The name is empty."))
        if len(cell) > longest:
            raise ValidationError(_("The name is longer than %(longest)s characters.") % {"longest": longest})
        row.fields[column] = check_name(cell)

    return read_name


def _email(row, cell):
    email = plain(cell)
    if email:
        validate_email(email)
    row.fields["email"] = email


def _mobile(row, cell):
    row.fields["mobile"] = parse_mobile(cell) if cell else ""


def _language(row, cell):
    """Empty: nobody has said it yet."""
    language = key(cell).replace("_", "-")
    if language and language not in settings.LANGUAGE_NAMES:
        known = ", ".join(settings.LANGUAGE_NAMES)
        raise ValidationError(_("Languages are %(known)s; here: “%(cell)s”.") % {"known": known, "cell": cell})
    row.fields["language"] = language


_KINDS = "|".join(Group.Kind.values)
# A comma stands in names too: it separates where another KIND= follows.
_BETWEEN_GROUPS = re.compile(rf"[;\n]|[,，、](?=\s*(?:{_KINDS})\s*=)", re.IGNORECASE)
_BELOW = re.compile(r"\s+[·・•‧∙]\s+")


def _groups(row, cell):
    for item in filter(None, map(visible, _BETWEEN_GROUPS.split(same_separators(cell)))):
        kind, equals, name = (part.strip() for part in item.partition("="))
        kind, year = key(kind), ""
        if kind in Group.BELOW_A_YEAR and len(parts := _BELOW.split(name)) == 2:
            year, name = parts
        if not equals or kind not in Group.Kind.values or not name or max(len(name), len(year)) > 60 or "=" in name:
            raise ValidationError(
                _("A group is written KIND=NAME, as “year=Year 7”; here: “%(item)s”.") % {"item": item}
            )
        row.groups.append(GroupName(kind, check_name(name), year))
    _put_below_the_year(row)


def _put_below_the_year(row):
    years = {key(group.name): group.name for group in row.groups if group.kind == Group.Kind.YEAR}
    unclear = [g.name for g in row.groups if g.kind in Group.BELOW_A_YEAR and not g.year]
    if len(years) > 1 and unclear:
        raise ValidationError(
            _("The row names more than one year. Write whose “%(name)s” it is, as “form=%(year)s · %(name)s”.")
            % {"name": unclear[0], "year": next(iter(years.values()))}
        )
    if years:
        (year, *_others) = years.values()
        row.groups = [
            GroupName(g.kind, g.name, g.year or year) if g.kind in Group.BELOW_A_YEAR else g for g in row.groups
        ]


def _pupils(row, cell):
    for item in filter(None, map(visible, re.split("[;,，、\n]", same_separators(cell)))):
        reference, equals, rest = (part.strip() for part in item.partition("="))
        kind, *flags = key(rest).split() or [""]
        if not equals or kind not in Relationship.Kind.values or not set(flags) <= FLAGS.keys():
            raise ValidationError(
                _(
                    "A pupil is written REFERENCE=KIND, as “P0007=mother”, with no-messages or no-data behind it; here: “%(item)s”."
                )
                % {"item": item}
            )
        if key(reference) in map(key, row.pupils):
            raise ValidationError(_("The pupil “%(reference)s” stands there twice.") % {"reference": reference})
        row.pupils[plain(reference)] = {"kind": kind} | {column: flag not in flags for flag, column in FLAGS.items()}


def _leaving_on(row, cell):
    """The last day, as spreadsheets write it: 2026-07-31, 2026/7/31. Empty: they are here."""
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", plain(cell))
    try:
        row.fields["leaving_on"] = date(*map(int, found.groups())) if found else None
    except ValueError:
        found = None
    if cell and not found:
        raise ValidationError(_("A day is written as 2026-07-31; here: “%(cell)s”.") % {"cell": cell})


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
    "leaving_on": _leaving_on,
}
