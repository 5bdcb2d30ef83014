"""Tables as spreadsheets save them; no table is a traceback."""

import io
import re
import zipfile
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from portal.people import tables
from portal.people.tables import table, workbooks


def rows(data):
    return list(tables.Table(io.BytesIO(data)))


def refusal(data):
    with pytest.raises(ValidationError) as refused:
        rows(data)
    return refused.value.messages[0]


def workbook(*lines, sheets=()):
    """The bytes of a workbook: its first sheet by its lines, others by a name and a line each."""
    book = Workbook()
    for line in lines:
        book.active.append(line)
    for name, line in sheets:
        book.create_sheet(name).append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data, **changes):
    """The workbook with parts replaced or added: {name in the package: bytes, or what makes them of the old ones}."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *changes}:
            change = changes.get(name, lambda part: part)
            new.writestr(name, change(old.read(name)) if callable(change) else change)
    return out.getvalue()


# --- texts ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_text_is_read_in_every_encoding_and_with_every_mark(encoding, mark):
    lines = ["ref,名,b,c", 'P1,刘𠮷,"a; b, c",', "", "P2,㐂"]
    data = "\r\n".join(line.replace(",", mark) for line in lines).encode(encoding)
    inside = "a; b, c".replace(",", mark)
    assert rows(data) == [["ref", "名", "b", "c"], ["P1", "刘𠮷", inside], [], ["P2", "㐂"]]


def test_a_line_that_says_what_separates_is_no_row_of_headings():
    assert rows(b"sep=;\nref;a,b\nP1;c") == [[], ["ref", "a,b"], ["P1", "c"]]


def test_an_encoding_is_told_beyond_the_first_megabyte():
    data = ("a,b\n" + "x,y\n" * 400_000)[: 2**20 + 3] + "\n刘𠮷,z\n"
    assert rows(data.encode("gb18030")[-200:]) and tables.table.texts.encoding_of(io.BytesIO(data.encode())) == "utf-8"
    assert tables.table.texts.encoding_of(io.BytesIO(data.encode("gb18030"))) == "gb18030"


def test_nothing_a_nul_and_a_picture_are_a_sentence():
    assert refusal(b"") == "The file is empty."
    assert "Line 2 holds a character that no text has" in refusal(b"a,b\nx\0y,z\n")
    assert "encoding cannot be told" in refusal(b"\x89PNG\r\n\x1a\n\xff\xfe\x00\x81" * 50)


def test_too_many_rows_and_columns_are_a_sentence_before_the_end_is_read(monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 10)
    assert rows(b"a\n" + b"\n" * 500 + b"b\n" * 9)
    assert "more than 10 rows" in refusal(b"a\n" * 11 + b'"never closed')
    assert "more than 100 columns" in refusal(b",".join([b"a"] * 300))
    assert rows(b"a,b" + b"," * 300) == [["a", "b"]]


# --- workbooks ---


def test_cells_of_a_workbook_are_what_somebody_sees_there():
    line = ["P1", 13000002503, 101.0, 1.5, date(2026, 7, 31), datetime(2026, 7, 31), True, None, " x "]
    assert rows(workbook(line, [], ["刘𠮷"])) == [
        ["P1", "13000002503", "101", "1.5", "2026-07-31", "2026-07-31", "TRUE", "", " x "],
        [],
        ["刘𠮷"],
    ]


def test_a_formula_gives_its_saved_value_and_without_one_a_problem_of_its_cell():
    saved = repacked(
        workbook(["a", "b"], ["=1+1", "x"]),
        **{"xl/worksheets/sheet1.xml": lambda xml: re.sub(rb"<v ?/>|<v></v>", b"<v>2</v>", xml)},
    )
    assert rows(saved)[1] == ["2", "x"]
    never = rows(workbook(["a", "b"], ["=A1&B1", "x"], ["", "y"]))
    assert "holds no value" in never[1][0].sentence and never[1][0] == "=A1&B1"
    assert never[2] == ["", "y"] and not hasattr(never[2][0], "sentence")


def test_an_error_of_the_spreadsheet_is_a_problem_of_its_cell():
    assert "#REF!" in rows(workbook(["a", "#REF!"]))[0][1].sentence


def test_a_second_sheet_is_asked_about_and_an_empty_or_hidden_one_is_not():
    assert rows(workbook(["a"], sheets=[("Sheet2", [])])) == [["a"]]
    assert "Sheet, 八年级" in refusal(workbook(["a"], sheets=[("八年级", ["b"])]))
    assert refusal(workbook()) == "The file is empty."


@pytest.mark.parametrize(
    "data, said",
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old kind (.xls), or one with a password"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (workbook(["a"])[:-300], "damaged"),
        (repacked(workbook(["a"]), **{"xl/vbaProject.bin": b"x"}), "macros"),
        (repacked(workbook(["a"]), **{"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}), "damaged"),
        (
            repacked(
                workbook(["a"]),
                **{"xl/worksheets/sheet1.xml": lambda xml: b'<!DOCTYPE x [<!ENTITY a "aa">]>' + xml},
            ),
            "damaged",
        ),
    ],
)
def test_what_is_no_workbook_for_us_is_a_sentence(data, said):
    assert said in refusal(data)


def test_another_package_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("content.xml", "<x/>")
    assert "not an Excel workbook" in refusal(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 3_000_000)
    bomb = repacked(workbook(["a"]), **{"xl/worksheets/sheet1.xml": b" " * 4_000_000})
    assert len(bomb) < 20_000 and "too large when it is unpacked" in refusal(bomb)
