"""Who has left and stands in a file that says nothing of last days: nobody is back by it before somebody says so.

Such a file may be of last year. Whoever is said to be back has the last day of these roles taken away when the file goes
in, by the verb of the desk, and registers and agrees anew.
"""

from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from portal.people.models import ImportRow
from portal.people.roles import Role

from .bulk import update

Verdict = ImportRow.Verdict


def who_stay_left(imported):
    """Rows that may go in of people in a role that is over, which the file names: see ImportRow.roles_over."""
    today = timezone.localdate()
    over = [
        Q(
            **{
                f"said__0__{role.column}": True,
                f"person__{role.column}": True,
                f"person__{role.last_day}__lt": today,
            }
        )
        for role in Role
    ]
    rows = imported.rows.exclude(verdict__in=[Verdict.BAD, Verdict.WAITS, Verdict.BACK])
    return rows.filter(reduce(or_, over)).exclude(said__0__has_key="leaving_on").select_related("person")


def would_widen_their_own(row, imported):
    """Whoever is bound to groups gives themselves no role."""
    return imported.bound_groups is not None and row.person.user_id == imported.by_id


def say(rows):
    for row in rows:
        over = row.roles_over
        row.undo = {"back": [role for role, _last_day in over], "before": row.verdict}
        row.changes = (row.changes or {}) | {role.last_day: [last_day, None] for role, last_day in over}
        row.verdict = Verdict.BACK
    _save(rows)


def say_no(row):
    for role in row.undo["back"]:
        row.changes.pop(Role(role).last_day)
    row.verdict, row.undo, row.changes = row.undo["before"], None, row.changes or None
    _save([row])


def _save(rows):
    update(rows, ["verdict", "undo", "changes"])
