import io
import os

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from . import texts, workbooks
from .cells import UnreadCell

MOST_ROWS, MOST_COLUMNS = 150_000, 100


class Table:
    """The rows of an open binary file, read as they are asked for; `size` and `position` say how far, in bytes.

    Raises ValidationError, when it is made or while it is read, with a sentence for whoever chose the file.
    """

    def __init__(self, file):
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if not self.size:
            raise ValidationError(_("The file is empty."))
        self._source = (workbooks.Workbook if workbooks.is_one(file) else texts.Text)(file)

    @property
    def position(self):
        return self._source.position

    def __iter__(self):
        """[cell, …] of each row, the first too; an empty row is []."""
        filled = 0
        for row in self._source:
            while row and not row[-1].strip() and not isinstance(row[-1], UnreadCell):
                row.pop()
            if len(row) > MOST_COLUMNS:
                sentence = _("The file has more than %(most)d columns. Take out those that the portal need not know.")
                raise ValidationError(sentence % {"most": MOST_COLUMNS})
            filled += bool(row)
            if filled > MOST_ROWS:
                sentence = _("The file has more than %(most)s rows. Divide it into several.")
                raise ValidationError(sentence % {"most": f"{MOST_ROWS:,}"})
            yield row


def rows_of(data):
    """[[cell, …], …] of a whole file in memory, for lists that are short."""
    return list(Table(io.BytesIO(data))) if data else []
