"""Excel workbooks: the one sheet that holds something, its cells as they are seen."""

import warnings
import zipfile
from itertools import islice

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .sheets import Package, Sheet

MEGABYTE = 1024 * 1024
# What a workbook may be when it is unpacked, in bytes; its words are held in memory, its sheets never.
MOST_UNPACKED, MOST_WORDS = 400 * MEGABYTE, 60 * MEGABYTE
_OLD, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"


def is_one(file):
    """Whether a file is a workbook, of whichever kind, and not a text."""
    file.seek(0)
    return file.read(4) in (_OLD, _ZIP)


class Workbook:
    def __init__(self, file):
        self._file = file
        _check(file)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and extensions, which nobody here reads
                self._package = Package(file, read_only=True, data_only=True, keep_links=False)
                self._package.read()
                self._words = self._package.words()
        except Exception:  # whatever a damaged workbook makes of its reader
            raise _damaged() from None
        self._sheet = self._only_sheet()

    @property
    def position(self):
        return self._file.tell()

    def __iter__(self):
        return self._rows(self._sheet)

    def _rows(self, sheet):
        try:
            with self._package.archive.open(sheet._worksheet_path) as source:
                yield from Sheet(self._package.wb, self._words).rows(source)
        except Exception:  # as above
            raise _damaged() from None

    def _only_sheet(self):
        shown = [sheet for sheet in self._package.wb.worksheets if sheet.sheet_state == "visible"]
        filled = [sheet for sheet in shown if any(map(any, islice(self._rows(sheet), 20)))]
        if not filled:
            raise ValidationError(_("The file is empty."))
        if len(filled) > 1:
            sheets = ", ".join(sheet.title for sheet in filled[:10])
            raise ValidationError(
                _("Several sheets of the workbook hold something: %(sheets)s. Save the one that is meant by itself.")
                % {"sheets": sheets}
            )
        return filled[0]


def _damaged():
    return ValidationError(_("The workbook cannot be read: it is damaged. Save it anew, or save it as “CSV UTF-8”."))


def _check(file):
    """Raises ValidationError of what is no workbook, or one that may not be opened."""
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
