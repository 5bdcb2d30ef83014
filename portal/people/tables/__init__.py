"""Tables as spreadsheets save them, read row by row: a text with commas, semicolons or tabs, or an Excel workbook.

However long a file is, no more of it is held than a piece of a text or a row of a workbook.
"""

from .cells import UnreadCell
from .table import MOST_COLUMNS, MOST_ROWS, Table, rows_of

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Table", "UnreadCell", "rows_of"]
