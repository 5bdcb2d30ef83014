"""Excel workbooks: the one sheet that holds something, its cells as they are seen."""

import re
import warnings
import zipfile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from .cells import text_of_cell

MEGABYTE = 1024 * 1024
# What a workbook may be when it is unpacked, in bytes; its words are held in memory, its sheets never.
MOST_UNPACKED, MOST_WORDS = 400 * MEGABYTE, 60 * MEGABYTE
_OLD, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"

_FORMULA = re.compile(rb"<(\w{1,12}:)?f[ />]")


def is_one(file):
    """Whether a file is a workbook, of whichever kind, and not a text."""
    file.seek(0)
    return file.read(4) in (_OLD, _ZIP)


class Workbook:
    def __init__(self, file):
        self._file = file
        self._parts = _parts_of(file)
        book = self._open(data_only=True)
        self._sheet = _only_sheet(book)
        self._formulas = None
        if _calculates(file, self._parts):
            self._formulas = self._open(data_only=False)[self._sheet.title]

    def _open(self, data_only):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and extensions, which nobody here reads
                return load_workbook(self._file, read_only=True, data_only=data_only, keep_links=False)
        except Exception:  # whatever a damaged workbook makes of its reader
            raise _damaged() from None

    @property
    def position(self):
        return self._file.tell()

    def __iter__(self):
        try:
            yield from self._rows() if self._formulas is None else self._rows_with_formulas(self._formulas)
        except ValidationError:
            raise
        except Exception:  # as above
            raise _damaged() from None

    def _rows(self):
        for row in self._sheet.rows:
            yield [_as_text(cell) for cell in row]

    def _rows_with_formulas(self, of_formulas):
        for row, formulas in zip(self._sheet.rows, of_formulas.rows, strict=False):
            calculated = [cell.value if cell.data_type == "f" else None for cell in formulas]
            yield [_as_text(cell, formula) for cell, formula in zip(row, calculated, strict=False)]


def _as_text(cell, formula=None):
    value = cell.value
    return value if type(value) is str and cell.data_type == "s" else text_of_cell(value, cell.data_type, formula)


def _damaged():
    return ValidationError(_("The workbook cannot be read: it is damaged. Save it anew, or save it as “CSV UTF-8”."))


def _parts_of(file):
    """{name: unpacked size} of a workbook that may be opened."""
    file.seek(0)
    if file.read(4) == _OLD:
        raise ValidationError(
            _("This is a workbook of an old kind (.xls), or one with a password. Save it as .xlsx without a password.")
        )
    try:
        with zipfile.ZipFile(file) as packed:
            parts = {part.filename: part.file_size for part in packed.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _damaged() from None
    if "xl/workbook.xml" not in parts:
        raise ValidationError(_("This is not an Excel workbook. Save the table as .xlsx or as “CSV UTF-8”."))
    if any(name.lower().endswith("vbaproject.bin") for name in parts):
        raise ValidationError(_("The workbook holds macros. Save it as “Excel Workbook (.xlsx)” without them."))
    # No more than this is ever unpacked of a part, whatever really follows.
    if sum(parts.values()) > MOST_UNPACKED or parts.get("xl/sharedStrings.xml", 0) > MOST_WORDS:
        raise ValidationError(_("The workbook is too large when it is unpacked. Save the table as “CSV UTF-8”."))
    return parts


def _only_sheet(book):
    filled = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and _holds_something(sheet)]
    if not filled:
        raise ValidationError(_("The file is empty."))
    if len(filled) > 1:
        sheets = ", ".join(sheet.title for sheet in filled[:10])
        raise ValidationError(
            _("Several sheets of the workbook hold something: %(sheets)s. Save the one that is meant by itself.")
            % {"sheets": sheets}
        )
    filled[0].reset_dimensions()  # as the file says them they need not be true
    return filled[0]


def _holds_something(sheet):
    sheet.reset_dimensions()
    try:
        rows = sheet.iter_rows(max_row=20, values_only=True)
        return any(cell not in (None, "") for row in rows for cell in row)
    except Exception:  # as above
        raise _damaged() from None


def _calculates(file, parts):
    """Whether a formula stands in any sheet."""
    with zipfile.ZipFile(file) as packed:
        return any(
            _holds(packed, name) for name in parts if name.startswith("xl/worksheets/") and name.endswith(".xml")
        )


def _holds(packed, name):
    tail = b""
    with packed.open(name) as sheet:
        while piece := sheet.read(MEGABYTE):
            if _FORMULA.search(tail + piece):
                return True
            tail = piece[-20:]
    return False
