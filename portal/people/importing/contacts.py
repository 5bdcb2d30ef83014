"""The contacts of a list of pupils, on disk while it is not known yet whose they are: however many, they take no memory.

A file without a name that SQLite keeps for this one reading, whichever database the portal has. Where temporary files
are memory, as in the containers, it grows there with the list, and is gone when the file has been read.
"""

import json
import sqlite3
from dataclasses import dataclass
from itertools import groupby

from .remembered import key

AT_ONCE = 500
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE contact (n INTEGER PRIMARY KEY, row INTEGER, pupil TEXT, who TEXT, kind TEXT, fields TEXT,
                      reference TEXT, flags TEXT, joined INTEGER, key TEXT);
CREATE INDEX contact_by_row ON contact (row);
CREATE INDEX contact_by_key ON contact (key);
CREATE TABLE one (mobile TEXT, name TEXT, reference TEXT, PRIMARY KEY (mobile, name)) WITHOUT ROWID;
CREATE TABLE replaced (reference TEXT, pupil TEXT, row INTEGER);
CREATE INDEX replaced_by_reference ON replaced (reference);
"""
_EACH = "SELECT row, pupil, who, kind, fields, reference, flags, joined, n FROM contact "


@dataclass
class Contact:
    """Somebody beside a pupil, as a row of the file names them."""

    row: int
    pupil: str
    who: str
    kind: str
    fields: dict
    reference: str = ""
    flags: dict | None = None  # of the relationship there is already
    joined: bool = False
    n: int | None = None  # where it is kept

    @property
    def name(self):
        return key(self.fields.get("chinese_name") or self.fields["given_name"])

    @property
    def identity(self):
        """The same number and the same name: one person. None without a number."""
        return (self.fields["mobile"], self.name) if self.fields.get("mobile") else None


class Contacts:
    def __init__(self):
        self._kept = sqlite3.connect("", isolation_level=None)
        self._kept.executescript(_TABLES)

    def close(self):
        self._kept.close()

    def add(self, contacts):
        rows = [(c.row, c.pupil, c.who, c.kind, json.dumps(c.fields)) for c in contacts]
        self._write("INSERT INTO contact (row, pupil, who, kind, fields, reference) VALUES (?, ?, ?, ?, ?, '')", rows)

    def by_rows(self):
        """Some at once, those of one row never apart."""
        [last] = self._kept.execute("SELECT max(row) FROM contact").fetchone()
        for start in range(0, (last or 0) + 1, AT_ONCE):
            if part := self._some("WHERE row >= ? AND row < ? ORDER BY n", start, start + AT_ONCE):
                yield part

    def without_reference(self):
        """Some at once, in the order of the file; each has one when the next are asked for."""
        last = 0
        while part := self._some(f"WHERE n > ? AND reference = '' ORDER BY n LIMIT {AT_ONCE}", last):
            yield part
            last = part[-1].n

    def by_reference(self):
        """All that are one person, in the order in which the file names them first."""
        first = "(SELECT key, min(n) AS first FROM contact GROUP BY key)"
        rows = self._kept.execute(_EACH + f"JOIN {first} USING (key) ORDER BY first, n")
        for _key, same in groupby(map(_contact, rows), lambda contact: key(contact.reference)):
            yield list(same)

    def save(self, part, ones):
        """`part` with the references found; `ones` are {identity: reference} of whoever is known by it from now on."""
        rows = [(c.reference, key(c.reference), c.flags and json.dumps(c.flags), c.joined, c.n) for c in part]
        self._write("UPDATE contact SET reference = ?, key = ?, flags = ?, joined = ? WHERE n = ?", rows)
        self._write("INSERT OR REPLACE INTO one VALUES (?, ?, ?)", [(*who, one) for who, one in ones.items()])

    def ones_of(self, part):
        """{identity: reference} of those of a part who are known by it."""
        ask = "SELECT reference FROM one WHERE mobile = ? AND name = ?"
        found = {who: self._kept.execute(ask, who).fetchone() for c in part if (who := c.identity)}
        return {who: one[0] for who, one in found.items() if one}

    def are_named(self, reference_key):
        """Whether one of them has the reference of this key."""
        return self._kept.execute("SELECT 1 FROM contact WHERE key = ? LIMIT 1", [reference_key]).fetchone() is not None

    # --- whose place is taken ---

    def replace(self, replaced):
        """[(reference of somebody on record, the Contact who takes their place)]"""
        self._write("INSERT INTO replaced VALUES (?, ?, ?)", [(who, c.pupil, c.row) for who, c in replaced])

    def pupils_taken_from(self, reference):
        ask = "SELECT pupil FROM replaced WHERE reference = ? ORDER BY rowid"
        return [pupil for (pupil,) in self._kept.execute(ask, [reference])]

    def replaced_and_not_named(self):
        """(reference, the first row that names another in their place)"""
        others = "SELECT reference, min(row) FROM replaced WHERE reference NOT IN (SELECT reference FROM contact)"
        return self._kept.execute(f"{others} GROUP BY reference ORDER BY min(rowid)").fetchall()

    def _write(self, statement, rows):
        if rows:
            self._kept.execute("BEGIN")
            self._kept.executemany(statement, rows)
            self._kept.execute("COMMIT")

    def _some(self, which, *values):
        return [_contact(row) for row in self._kept.execute(_EACH + which, values)]


def _contact(kept):
    row, pupil, who, kind, fields, reference, flags, joined, n = kept
    flags = flags and json.loads(flags)
    return Contact(row, pupil, who, kind, json.loads(fields), reference, flags, bool(joined), n)
