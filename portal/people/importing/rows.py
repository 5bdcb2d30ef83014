"""Reads the people of one CSV file into rows the directory can take, or into a list of what is wrong where.

Columns: reference, roles, given_name, family_name, chinese_name, email, mobile, language, groups, pupils, and
leaving_on (2026-07-31) and birth_year (2012, or 出生年份) where the school keeps them. `roles` and `groups` are separated by ";". A group is KIND=NAME
("year=Year 7; form=7A"). A form or class belongs to the year of the same row; without a year in the row it is written
"form=七年级 · 1班" where several years have one of that name. A pupil is REFERENCE=KIND, with "no-messages" or
"no-data" behind it where a flag is taken away ("P0007=father no-data"). An example stands in
`static/examples/people.csv`.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import zip_longest

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.people import tables
from portal.people.birth_years import check_birth_year, read_birth_year
from portal.people.models import Group, Relationship
from portal.people.names import is_whole
from portal.people.phones import parse_mobile
from portal.people.roles import Role
from portal.people.texts import check_email
from portal.people.typed import is_shortened, plain, same_separators, visible

from .problems import Problem
from .remembered import cell, check_name, key, remembered

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
_NAMES = ["given_name", "family_name", "chinese_name"]
FLAGS = {"no-messages": "may_receive_messages", "no-data": "may_see_data"}


@dataclass(frozen=True)
class GroupName:
    """A group as a file names it; `year` is the one it stands below, where it says so."""

    kind: str
    name: str = field(compare=False)
    year: str = field(compare=False, default="")
    keys: tuple = field(init=False)  # the same group in another spelling is the same

    def __post_init__(self):
        object.__setattr__(self, "keys", (key(self.name), key(self.year)))


@lru_cache(maxsize=5000)
def named(kind, name, year=""):
    """The GroupName; a file repeats few names in many rows."""
    return GroupName(kind, name, year)


@dataclass
class Row:
    number: int
    fields: dict = field(default_factory=dict)
    groups: list[GroupName] = field(default_factory=list)
    pupils: dict[str, dict] = field(default_factory=dict)  # reference → kind and flags; None: theirs no more
    problems: list[Problem] = field(default_factory=list)
    # Kinds of groups of which it names all, and whether it names all pupils of a contact: of others nothing is said.
    kinds: tuple = tuple(Group.Kind.values)
    names_all_pupils: bool = True
    joins: bool = False  # a contact taken for one although several rows name them

    @property
    def reference(self) -> str:
        return self.fields.get("reference") or ""

    @property
    def said(self):
        """Itself for a JSON column."""
        groups = [[group.kind, group.name, group.year] for group in self.groups]
        return [self.fields, groups, self.pupils, self.kinds, self.names_all_pupils]

    @classmethod
    def of_said(cls, number, said):
        fields, groups, pupils, kinds, names_all_pupils = said
        if fields.get("leaving_on"):
            fields["leaving_on"] = date.fromisoformat(fields["leaving_on"])
        return cls(
            number,
            fields,
            [named(*group) for group in groups],
            pupils,
            kinds=tuple(kinds),
            names_all_pupils=names_all_pupils,
        )


def rows_of(lines, columns):
    """A Row of each of the numbered lines that is not empty, whatever is wrong with it."""
    return (_read_row(number, columns, cells) for number, cells in lines if cells)


def repeated_references(rows):
    """Those written the very same; whether others are one, the directory knows."""
    seen: dict[str, int] = {}
    problems = []
    for row in rows:
        reference = row.reference
        if reference and seen.setdefault(reference, row.number) != row.number:
            problems.append(Problem(row.number, "reference", stands_already(seen[reference])))
    return problems


def stands_already(row):
    return _("The reference stands in row %(row)s already.") % {"row": row}


def _read_row(number, columns, cells):
    row = Row(number)
    if "groups" not in columns:
        row.kinds = ()
    row.names_all_pupils = "pupils" in columns
    if len(cells) > len(columns) and any(extra.strip() for extra in cells[len(columns) :]):
        row.problems.append(Problem(number, "", _("The row does not have as many cells as the headings.")))
        return row
    # A spreadsheet leaves empty cells at the end of a row out.
    for column, text in zip_longest(columns, cells[: len(columns)], fillvalue=""):
        if column:
            read_cell(row, column, text, READERS[column])
    if not is_whole(*[row.fields.get(name, "–") for name in _NAMES]):
        row.problems.append(Problem(number, "given_name", _("The name is empty.")))
    if row.pupils and not row.fields.get(Role.CONTACT.column, True):
        sentence = _("Only a contact has pupils: write contact among the roles, or leave this cell empty.")
        row.problems.append(Problem(number, "pupils", sentence))
    check_pupils_birth_year(row)
    return row


def read_cell(row, column, text, reader):
    """Have `reader` put into the row what a cell says, or the problem of it."""
    if isinstance(text, tables.UnreadCell):
        row.problems.append(Problem(row.number, column, text.sentence, text))
        return
    try:
        reader(row, cell(text) if column not in _NAMES else text.strip())
    except ValidationError as error:
        row.problems.append(Problem(row.number, column, " ".join(error.messages), text))


def check_pupils_birth_year(row):
    year = row.fields.get("birth_year")
    if year and row.fields.get(Role.PUPIL.column):
        try:
            check_birth_year(year, of_pupil=True)
        except ValidationError as error:
            row.problems.append(Problem(row.number, "birth_year", " ".join(error.messages)))


def _reference(row, cell):
    if not cell:
        raise ValidationError(_("The reference is empty."))
    reference = plain(cell)  # which may be longer: one character of full width can be several
    if len(reference) > 40:
        raise ValidationError(_("The reference is longer than 40 characters."))
    if is_shortened(cell):
        raise ValidationError(
            _("The spreadsheet has changed this reference. Make the column a column of text and write it again.")
        )
    row.fields["reference"] = reference


def _roles(row, cell):
    row.fields.update(_roles_of(cell))


@remembered
def _roles_of(cell):
    roles = {key(word) for word in re.split("[;,、]", same_separators(cell)) if word.strip()}
    if not roles or not roles <= Role.words().keys():
        raise ValidationError(
            _("Roles are staff, contact and pupil, separated by a semicolon; here: “%(cell)s”.") % {"cell": cell}
        )
    return {role.column: word in roles for word, role in Role.words().items()}


def _name(column, longest):
    def read_name(row, cell):
        if len(cell) > longest:
            raise ValidationError(_("The name is longer than %(longest)s characters.") % {"longest": longest})
        row.fields[column] = check_name(cell)

    return read_name


def _email(row, cell):
    email = plain(cell)
    row.fields["email"] = check_email(email) if email else ""


def _mobile(row, cell):
    row.fields["mobile"] = parse_mobile(cell) if cell else ""


def _language(row, cell):
    """Empty: nobody has said it yet."""
    language = key(cell).replace("_", "-")
    if language and language not in settings.LANGUAGE_NAMES:
        known = ", ".join(settings.LANGUAGE_NAMES)
        raise ValidationError(_("Languages are %(known)s; here: “%(cell)s”.") % {"known": known, "cell": cell})
    row.fields["language"] = language


_OF_GROUPS, _OF_PUPILS = set(Group.Kind.values), set(Relationship.Kind.values)
_KINDS = "|".join(Group.Kind.values)
# A comma stands in names too: it separates where another KIND= follows.
_BETWEEN_GROUPS = re.compile(rf"[;\n]|[,，、](?=\s*(?:{_KINDS})\s*=)", re.IGNORECASE)
_BELOW = re.compile(r"\s+[·・•‧∙]\s+")


def _groups(row, cell):
    row.groups = list(_groups_of(cell))


@lru_cache(maxsize=5000)
def _groups_of(cell):
    """The GroupNames of a cell; a file repeats few cells of groups in many rows."""
    groups = []
    for item in filter(None, map(visible, _BETWEEN_GROUPS.split(same_separators(cell)))):
        kind, equals, name = (part.strip() for part in item.partition("="))
        kind, year = key(kind), ""
        if kind in Group.BELOW_A_YEAR and len(parts := _BELOW.split(name)) == 2:
            year, name = parts
        if not equals or kind not in _OF_GROUPS or not name or max(len(name), len(year)) > 60 or "=" in name:
            raise ValidationError(
                _("A group is written KIND=NAME, as “year=Year 7”; here: “%(item)s”.") % {"item": item}
            )
        groups.append(named(kind, check_name(name), year))
    return _below_the_year(groups)


def _below_the_year(groups):
    years = {key(group.name): group.name for group in groups if group.kind == Group.Kind.YEAR}
    unclear = [g.name for g in groups if g.kind in Group.BELOW_A_YEAR and not g.year]
    if len(years) > 1 and unclear:
        raise ValidationError(
            _("The row names more than one year. Write whose “%(name)s” it is, as “form=%(year)s · %(name)s”.")
            % {"name": unclear[0], "year": next(iter(years.values()))}
        )
    if not years:
        return groups
    (year, *_others) = years.values()
    return [named(g.kind, g.name, g.year or year) if g.kind in Group.BELOW_A_YEAR else g for g in groups]


def _pupils(row, cell):
    for item in filter(None, map(visible, re.split("[;,，、\n]", same_separators(cell)))):
        reference, equals, rest = (part.strip() for part in item.partition("="))
        kind, *flags = key(rest).split() or [""]
        if not equals or kind not in _OF_PUPILS or not set(flags) <= FLAGS.keys():
            raise ValidationError(
                _(
                    "A pupil is written REFERENCE=KIND, as “P0007=mother”, with no-messages or no-data behind it; here: “%(item)s”."
                )
                % {"item": item}
            )
        if row.pupils and key(reference) in map(key, row.pupils):
            raise ValidationError(twice(reference))
        row.pupils[plain(reference)] = {"kind": kind} | {column: flag not in flags for flag, column in FLAGS.items()}


def twice(pupil):
    return _("The pupil “%(reference)s” stands there twice.") % {"reference": pupil}


def _leaving_on(row, cell):
    """The last day, as spreadsheets write it: 2026-07-31, 2026/7/31. Empty: they are here."""
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", plain(cell))
    try:
        row.fields["leaving_on"] = date(*map(int, found.groups())) if found else None
    except ValueError:
        found = None
    if cell and not found:
        raise ValidationError(_("A day is written as 2026-07-31; here: “%(cell)s”.") % {"cell": cell})


def _birth_year(row, cell):
    row.fields["birth_year"] = read_birth_year(cell)


READERS = {
    "reference": _reference,
    "roles": _roles,
    "given_name": _name("given_name", 80),
    "family_name": _name("family_name", 80),
    "chinese_name": _name("chinese_name", 40),
    "email": _email,
    "mobile": _mobile,
    "language": _language,
    "groups": _groups,
    "pupils": _pupils,
    "leaving_on": _leaving_on,
    "birth_year": _birth_year,
}
