"""The XML of a workbook's sheet and of its words, read as it comes: no element is built and no cell made of it.

openpyxl does both, and needs a second reading to see the formulas: two to four times the work. What a workbook is made of,
which of its formats are of days, and which number is which day, it says here as well.
"""

import re
from functools import lru_cache
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from .cells import text_of_cell

_PIECE = 64 * 1024
# The last ones that a sheet can have.
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_WHOLE = re.compile(r"[1-9]\d{0,14}", re.ASCII)  # written as it is shown
_column_of = lru_cache(maxsize=2000)(column_index_from_string)


class Package(ExcelReader):
    """Reads all of a workbook but its sheets and words."""

    def read_strings(self):
        """Not as openpyxl does: see `words`."""

    def words(self):
        """The texts that its cells name by a number."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return []
        with self.archive.open(part.PartName[1:]) as source:
            reader = _Words()
            for _piece in reader.read(source):
                pass
        return reader.words


class _Reader:
    """Has the methods named in `begins` and `ends` called for elements of these names; `self.text` is what stood inside."""

    begins: tuple = ()
    ends: tuple = ()

    def __init__(self):
        self._parts: list[str] = []
        self.text = ""
        self._begins = {f"{SHEET_MAIN_NS} {name}": getattr(self, f"begin_{name}") for name in self.begins}
        self._ends = {f"{SHEET_MAIN_NS} {name}": getattr(self, f"end_{name}") for name in self.ends}
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._parts.append
        self._parser.StartDoctypeDeclHandler = _refuse_definitions

    def read(self, source):
        """Ends after each piece of the source, for what is whole by then to be taken."""
        while piece := source.read(_PIECE):
            self._parser.Parse(piece)
            yield
        self._parser.Parse(b"", True)
        yield

    def _begin(self, name, attributes):
        self._parts.clear()
        if begin := self._begins.get(name):
            begin(attributes)

    def _end(self, name):
        if end := self._ends.get(name):
            self.text = self._parts[0] if len(self._parts) == 1 else "".join(self._parts)
            end()
        self._parts.clear()


def _refuse_definitions(*names):
    raise ValueError("a workbook defines nothing")


class _Texts(_Reader):
    """Texts in runs of one look each; how a run is pronounced is none of it."""

    def __init__(self):
        super().__init__()
        self._runs, self._is_spoken = [], False

    def begin_rPh(self, attributes):
        self._is_spoken = True

    def end_rPh(self):
        self._is_spoken = False

    def end_t(self):
        if not self._is_spoken:
            self._runs.append(self.text)


class _Words(_Texts):
    begins, ends = ("si", "rPh"), ("si", "rPh", "t")

    def __init__(self):
        super().__init__()
        self.words = []

    def begin_si(self, attributes):
        self._runs = []

    def end_si(self):
        self.words.append("".join(self._runs).replace("x005F_", ""))


class Sheet(_Texts):
    begins, ends = ("row", "c", "is", "rPh", "f"), ("row", "c", "v", "f", "rPh", "t")

    def __init__(self, book, words):
        super().__init__()
        self._words, self._epoch = words, book.epoch
        self._days = {str(style): style in book._timedelta_formats for style in book._date_formats}
        self._rows, self._number = [], 0
        self._row, self._column = [], 0
        self._kind, self._style, self._value, self._formula = "n", "0", "", None

    def rows(self, source):
        """[text of a cell, …] of each row, also of those that are left out because they are empty."""
        number = 0
        for _piece in self.read(source):
            for found, row in self._rows:
                for _missing in range(number + 1, found):
                    yield []
                if found > number:
                    number = found
                    yield row
            self._rows.clear()

    def begin_row(self, attributes):
        self._number = int(float(attributes["r"])) if "r" in attributes else self._number + 1
        if self._number > _LAST_ROW:
            raise ValueError("no sheet has as many rows")
        self._row, self._column = [], 0

    def end_row(self):
        self._rows.append((self._number, self._row))

    def begin_c(self, attributes):
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        place = attributes.get("r")
        self._column = _column_of(place.rstrip("0123456789")) if place else self._column + 1
        if self._column > _LAST_COLUMN:
            raise ValueError("no sheet has as many columns")
        self._value, self._formula, self._runs = "", None, []

    def begin_is(self, attributes):
        self._runs = []

    def begin_f(self, attributes):
        self._formula = "="

    def end_f(self):
        self._formula = "=" + self.text

    def end_v(self):
        self._value = self.text

    def end_c(self):
        row, missing = self._row, self._column - 1 - len(self._row)
        if missing:
            row += [""] * missing
        if missing < 0:
            row[self._column - 1] = self._cell()
        else:
            row.append(self._cell())

    def _cell(self):
        """As somebody sees it."""
        value, kind = self._value, self._kind
        if kind == "inlineStr":
            return "".join(self._runs)
        if not value:
            return text_of_cell(None, kind, self._formula)
        if kind == "s":
            return self._words[int(value)]
        if kind == "n":
            return self._number_or_day(value)
        if kind == "b":
            return text_of_cell(bool(int(value)))
        if kind == "d":
            return text_of_cell(from_ISO8601(value))
        return text_of_cell(value, kind)

    def _number_or_day(self, value):
        if self._style in self._days:
            return self._day(_number(value))
        return value if _WHOLE.fullmatch(value) else text_of_cell(_number(value))

    def _day(self, number):
        try:
            return text_of_cell(from_excel(number, self._epoch, timedelta=self._days[self._style]))
        except (OverflowError, ValueError):
            return text_of_cell("#VALUE!", "e")


def _number(text):
    return float(text) if {".", "e", "E"} & set(text) else int(text)
