"""Tables saved as text: UTF-8, UTF-16 or GB18030; commas, semicolons or tabs; any line ends."""

import codecs
import csv
import io
import re
from itertools import chain

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_PIECE = 1024 * 1024
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# GB18030 gives nearly every byte a meaning. These are Western letters with an accent, one byte each, between others …
_WESTERN = re.compile(rb"[A-Za-z][\xc0-\xff][a-z]|(?<![\x80-\xff])[\xc0-\xff][a-z]{2}")
# … and these stand in no text at all.
_NOBODYS = re.compile("[\ue000-\uf8ff]")
# Excel's own first line, which says what stands between cells.
_SAYS_MARK = re.compile(r'"?sep=(.)"?\n?', re.IGNORECASE)


class Text:
    def __init__(self, file):
        self._file = file
        self._encoding = encoding_of(file)

    @property
    def position(self):
        return self._file.tell()

    def __iter__(self):
        self._file.seek(0)
        text = io.TextIOWrapper(io.BufferedReader(_LeftOpen(self._file), 65536), self._encoding, newline=None)
        first = text.readline()
        says = _SAYS_MARK.fullmatch(first)
        delimiter = says[1] if says else max(",;\t", key=first.count)
        if says:
            yield []
        lines = text if says else chain([first], text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        line = int(bool(says))
        try:
            for row in reader:
                line = reader.line_num + bool(says)
                if "\0" in "".join(row):
                    raise ValidationError(
                        _("Line %(line)s holds a character that no text has (NUL). The file may be damaged.")
                        % {"line": line}
                    )
                yield row
        except csv.Error:
            raise ValidationError(
                _("Line %(line)s cannot be read: a quotation mark is missing there, or a cell is too long.")
                % {"line": reader.line_num + bool(says)}
            ) from None


class _LeftOpen(io.RawIOBase):
    """A file that whoever opened it closes."""

    def __init__(self, file):
        self._file = file

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def encoding_of(file):
    """In which encoding a file is written. Raises ValidationError where that cannot be told."""
    file.seek(0)
    head = file.read(_PIECE)
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "") or _without_mark(head)
    for name in (encoding, "gb18030"):
        if _reads_as(name, file):
            return name
    raise ValidationError(_("The file is not UTF-8, and its encoding cannot be told. Save it as “CSV UTF-8”."))


def _without_mark(head):
    """UTF-16 without its mark shows itself by a NUL in every second byte of the headings."""
    line = head.partition(b"\n")[0]
    even, odd = line[::2].count(0), line[1::2].count(0)
    if max(even, odd) > 1 and not min(even, odd):
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8"


def _reads_as(name, file):
    decoder, tail = codecs.getincrementaldecoder(name)(), b""
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            text = decoder.decode(piece)
            if name == "gb18030" and (_WESTERN.search(tail + piece) or _NOBODYS.search(text)):
                return False
            tail = piece[-3:]
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
