"""What a file says of a person, beside groups and relationships: whose each fact is, and how it is obeyed.

| fact                                   | whose it is                                                              |
|----------------------------------------|--------------------------------------------------------------------------|
| names, e-mail, mobile, birth year      | the file's, until the desk mends it: then the desk's, while the file     |
|                                        | says what it said. Says it something else, the desk's stays and is shown |
|                                        | as in question. An empty cell takes nothing back that the desk wrote.    |
| language                               | the file's, until the person chooses one; an empty cell says nothing.    |
| roles, last day, groups, pupils        | whoever said it last: of a column a file has, the file; empty too.       |
| the number by which WeChat finds them  | the person's: it stands on the registration, where no file reaches.      |
"""

from datetime import date

from portal.people.roles import Role

from .bulk import update

MENDABLE = ["given_name", "family_name", "chinese_name", "email", "mobile", "birth_year"]
COLUMNS = [
    *MENDABLE,
    "language",
    *(role.column for role in Role),
    *(role.last_day for role in Role),
    "mended",
    "file_differs",
]
OF_THE_DESK = {"mended", "file_differs"}  # no words for whoever reads what changes
# In the fields of a row: somebody at the desk wrote it, and not a file.
AT_THE_DESK = "at_the_desk"
# In the fields of a row: roles that had ended and were ticked again. No file says it: it names who left last year, too.
TAKEN_UP_AGAIN = "taken_up_again"


def facts_of(person):
    return {name: getattr(person, name) for name in COLUMNS}


def fill(person, fields):
    """What the file, or the desk, says. Of a role that `fields` does not name nothing is said."""
    person.take_roles([role for role in Role if fields.get(role.column, getattr(person, role.column))])
    person.end(None, [Role(role) for role in fields.get(TAKEN_UP_AGAIN, [])])
    if "leaving_on" in fields:
        person.end(fields["leaving_on"], [role for role in Role if fields.get(role.column)])
    take = _mend if fields.get(AT_THE_DESK) else _obey
    mended = dict(person.mended)
    for name in MENDABLE:
        if name in fields:
            take(person, name, fields[name], mended)
    person.mended, person.file_differs = mended, any("says" in one for one in mended.values())
    if fields.get("language") and not person.language_is_chosen:
        person.language = fields["language"]


def _obey(person, name, value, mended):
    """The file says it."""
    one = mended.get(name)
    if one is None or value == getattr(person, name):
        mended.pop(name, None)
        setattr(person, name, value)
    elif value in ("", None, one["file"]):
        one = {"file": one["file"]}
        mended[name] = one
    else:
        mended[name] = one | {"says": value}


def _mend(person, name, value, mended):
    """The desk says it, and has seen what the file says."""
    one = mended.pop(name, None) or {"file": getattr(person, name)}
    said = one.get("says", one["file"])
    if person.pk and value != said:
        mended[name] = {"file": said}
    setattr(person, name, value)


def put_in_question(before, after):
    """{column: (what the desk wrote, what the file says otherwise since)}; None of what is in question no longer.

    `before` and `after` are facts. While the file says what it said last nothing new is in question.
    """
    old, new = before["mended"], after["mended"]
    says = {name: (old.get(name, {}).get("says"), new.get(name, {}).get("says")) for name in {**old, **new}}
    return {name: (after[name], now) if now else None for name, (was, now) in says.items() if was != now}


def save(people):
    """Write down the facts of people who were there, many at once."""
    update(people, [*COLUMNS, "search_text", "by_letters", "by_characters"])


def day(text):
    """A last day as it stands in a JSON column."""
    return date.fromisoformat(text) if text else None
