from portal.people.models import ImportRow

from . import keeping
from .columns import WORDS

Verdict = ImportRow.Verdict


def rows_with_problems(imported):
    """The rows of the file that do not go in, each with a last cell that says why; read while it is sent."""
    why: dict = {}
    for row in imported.rows.filter(verdict__in=[Verdict.BAD, Verdict.WAITS]).order_by("pk").iterator(1000):
        why.setdefault(row.number, []).extend(_said(problem) for problem in row.problems)
    if not why:
        return
    width = len(imported.headings)
    with keeping.opened(imported) as table:
        for number, cells in enumerate(table, start=1):
            if number in why and number > imported.heading_row:
                yield [*cells, *[""] * (width - len(cells)), " ".join(why[number])]


def _said(problem):
    column, sentence = problem[:2]
    return f"{WORDS.get(column, column)}: {sentence}" if column else sentence
