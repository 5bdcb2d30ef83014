"""Reads a table as spreadsheets save it: UTF-8, UTF-16 or GB18030; commas, semicolons or tabs; any line ends."""

import codecs
import csv
import io
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# GB18030 gives nearly every byte a meaning. These are Western letters with an accent, one byte each, between others …
_WESTERN = re.compile(rb"[A-Za-z][\xc0-\xff][a-z]|(?<![\x80-\xff])[\xc0-\xff][a-z]{2}")
# … and these stand in no text at all.
_NOBODYS = re.compile("[\ue000-\uf8ff]")


def text_of(data):
    """The text of a file. Raises ValidationError where its encoding cannot be told."""
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    for name in (encoding, "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "gb18030" and (_WESTERN.search(data) or _NOBODYS.search(text)):
            break
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise ValidationError(_("The file is not UTF-8, and its encoding cannot be told. Save it as “CSV UTF-8”."))


def rows_of(data):
    """[[cell, …], …] of a file, the first row too; an empty row is []. Raises ValidationError where it is no table."""
    text = text_of(data)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        raise ValidationError(
            _("Line %(line)s cannot be read: a quotation mark is missing there, or a cell is too long.")
            % {"line": reader.line_num}
        ) from None
    return [row if any(cell.strip() for cell in row) else [] for row in rows]
