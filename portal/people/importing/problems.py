from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell, or with `column` empty in the whole row or (row 0) the whole file."""

    row: int  # as a spreadsheet counts: the headings are row 1
    column: str
    sentence: str
    cell: str = ""  # what stands there

    @property
    def as_list(self) -> list[str]:
        """Itself for a JSON column, without its row."""
        return [self.column, self.sentence, self.cell[:80]]

    def __str__(self) -> str:
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

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.row))


def refused(error: ValidationError) -> ImportRefused:
    """A ValidationError of a whole file as ImportRefused."""
    return ImportRefused([Problem(0, "", " ".join(error.messages))])
