"""People out of a file: its rows read, checked and brought into the directory."""

from .problems import ImportRefused, Problem
from .reading import open_table, read, rows_in
from .rows import COLUMNS, Row

__all__ = ["COLUMNS", "ImportRefused", "Problem", "Row", "open_table", "read", "rows_in"]
