"""A file of people brought into an empty directory, beside the bare COPY of the rows that it comes to."""

import io
import subprocess
import sys
import time
from statistics import median

from django.db import connection
from openpyxl import Workbook

from portal.people import importing
from portal.people.importing.actions import import_people
from portal.people.models import Membership, Person, Relationship

from . import school
from .meters import cpu_of
from .table import Result

FORMS = [f"year=Year {year}; form={year}{letter}" for year in range(1, 14) for letter in "ABCD"]


def importing_people(stand):
    """Processor time, of us and of the database for us: what else the machine does then changes little of it."""
    each, notes = [], {}
    for _ in range(stand.times):
        _empty(stand)
        file = file_of(stand.people)
        taken = _cpu(lambda file=file: bring(file))
        copied = sum(_copy(model) for model in (Person, Membership, Relationship))
        each.append(taken / copied)
        notes = {"rows": stand.people, "processor, s": round(taken, 1), "COPY, s": round(copied, 1)}
    return Result(median(each), each, notes)


def importing_a_workbook(stand):
    """Seconds from the open file to the last row in the directory."""
    _empty(stand)
    file = io.BytesIO()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines_of(stand.people):
        sheet.append([cell or None for cell in line.split(",")])
    book.save(file)
    return _seconds(lambda: bring(file), rows=stand.people, megabytes=round(len(file.getvalue()) / 1e6, 1))


def importing_again(stand):
    """Seconds for the very file that went in last."""
    _empty(stand)
    file = file_of(stand.people)
    bring(file)

    def again():
        assert not bring(file).new

    return _seconds(again, rows=stand.people)


def memory(stand):
    """MB that so many rows take more than a tenth of them, each in a process of its own."""
    few, many = (_most_memory(stand, rows) for rows in (stand.people // 10, stand.people))
    return Result(many - few, [many - few], {"MB for a tenth": few, "MB for all": many, "rows": stand.people})


def _most_memory(stand, rows):
    _empty(stand)
    command = [sys.executable, "-m", "tests.bench.bringing_alone", str(rows)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def bring(file):
    return import_people(importing.rows_in(importing.open_table(file)), file=file)


def _seconds(work, **notes):
    began = time.monotonic()
    processor = _cpu(work)
    seconds = time.monotonic() - began
    return Result(seconds, [seconds], notes | {"processor, s": round(processor, 1)})


def _empty(stand):
    school.empty()
    stand.size = 0  # whoever needs a school makes it anew


def lines_of(rows):
    """Half pupils, half contacts, each of a pupil."""
    yield ",".join(importing.COLUMNS)
    for n in range(rows // 2):
        yield f"P{n},pupil,Ming{n},Li,,,,,{FORMS[n % len(FORMS)]},"
        yield f"C{n},contact,Wei{n},Li,,,+86 1{3800000000 + n},,,P{n}=father"


def file_of(rows):
    return io.BytesIO("\n".join(lines_of(rows)).encode())


def _backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def _cpu(work):
    pid = _backend()
    before, own = cpu_of(pid), time.process_time()
    work()
    return cpu_of(pid) - before + time.process_time() - own


def _copy(model):
    table, rows = model._meta.db_table, io.BytesIO()
    columns = ", ".join(field.column for field in model._meta.concrete_fields if not field.primary_key)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bench_floor; CREATE TABLE bench_floor (LIKE {table} INCLUDING ALL)")
        cursor.copy_expert(f"COPY (SELECT {columns} FROM {table} ORDER BY id) TO STDOUT", rows)
        rows.seek(0)
        taken = _cpu(lambda: cursor.copy_expert(f"COPY bench_floor ({columns}) FROM STDIN", rows))
        cursor.execute("DROP TABLE bench_floor")
    return taken
