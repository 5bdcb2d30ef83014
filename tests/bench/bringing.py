"""A file of people brought into an empty directory, beside the bare COPY of the rows that it comes to."""

import io
import time
from statistics import median

from django.db import connection

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
        file = _file(stand.people)
        taken = _cpu(lambda file=file: import_people(importing.rows_in(importing.open_table(file))))
        copied = sum(_copy(model) for model in (Person, Membership, Relationship))
        each.append(taken / copied)
        notes = {"rows": stand.people, "processor, s": round(taken, 1), "COPY, s": round(copied, 1)}
    return Result(median(each), each, notes)


def _empty(stand):
    school.empty()
    stand.size = 0  # whoever needs a school makes it anew


def _file(rows):
    """Half pupils, half contacts, each of a pupil."""
    lines = [",".join(importing.COLUMNS)]
    for n in range(rows // 2):
        lines.append(f"P{n},pupil,Ming{n},Li,,,,,{FORMS[n % len(FORMS)]},")
        lines.append(f"C{n},contact,Wei{n},Li,,,+86 1{3800000000 + n},,,P{n}=father")
    return io.BytesIO("\n".join(lines).encode())


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
