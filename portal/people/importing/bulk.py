"""Many rows written as fast as the database takes them: by COPY where it is PostgreSQL."""

import gc
import io
import json
import re
from contextlib import contextmanager
from datetime import date
from itertools import islice

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from django.db.models.lookups import In

from portal.people.models.folded import FoldedField

_NEXT = "SELECT nextval(pg_get_serial_sequence(%s, 'id')::regclass) FROM generate_series(1, %s)"
_TO_ESCAPE = re.compile(r"[\\\n\r\t]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def parts_of(iterable, size):
    """Lists of `size` of what is iterated, the last one shorter."""
    iterator = iter(iterable)
    while part := list(islice(iterator, size)):
        yield part


@contextmanager
def seldom_tidied():
    """Rows come and go by the thousand and hold nothing in a circle: to look for circles as often is a third of the work."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@models.Field.register_lookup
class AnyOf(In):
    """`__any_of=texts`: `__in` of many, in PostgreSQL as one value where each by itself costs more than finding its row."""

    lookup_name = "any_of"

    def get_prep_lookup(self):
        return list(self.rhs)

    def as_postgresql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


def new_ids(model, number):
    """So many ids that nobody has had, for rows that are inserted with them: no question tells them afterwards."""
    with connection.cursor() as cursor:
        table = model._meta.db_table
        if connection.vendor == "postgresql":
            cursor.execute(_NEXT, [table, number])
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
        return list(range(last[0] + 1 if last else 1, (last[0] if last else 0) + number + 1))


def get_known(model):
    """Have PostgreSQL look at a table that it knows nothing of: it would go on reading all of it for a few rows."""
    if connection.vendor == "postgresql":
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            if cursor.fetchone()[0] <= 0:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def insert(model, names, rows):
    """Insert `rows`: tuples of what stands in the columns `names`. The other columns stand at their defaults."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy(model, names, rows)
    else:
        instances = [model(**dict(zip(names, row, strict=True))) for row in rows]
        model._base_manager.bulk_create(instances, batch_size=500)


def update(instances, names):
    """Write these columns of rows that are there."""
    if instances:
        type(instances[0]).objects.bulk_create(
            instances, batch_size=500, update_conflicts=True, update_fields=names, unique_fields=["id"]
        )


def _copy(model, names, rows):
    given = [model._meta.get_field(name) for name in names]
    folded = [field for field in model._meta.concrete_fields if _is_folded(field) and field.attname not in names]
    others = [field for field in model._meta.concrete_fields if field not in given and _is_at_a_default(field)]
    ends = "".join(f"\t{_cell(_at_default(field))}" for field in others) + "\n"
    whole = _completed(given, folded, names)
    text = io.StringIO("".join(["\t".join([_cell(value) for value in whole(row)]) + ends for row in rows]))
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in [*given, *folded, *others])
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN", text)


def _completed(given, folded, names):
    """Makes of a row what is copied: JSON as text, and behind it what its folded columns hold."""
    as_json = [(n, _encoder(field)) for n, field in enumerate(given) if isinstance(field, models.JSONField)]
    folds = [(field.fold, [names.index(name) for name in field.of]) for field in folded]

    def complete(row):
        cells = [*row, *[fold(*[row[n] for n in places]) for fold, places in folds]]
        for n, encode in as_json:
            cells[n] = None if row[n] is None else encode(row[n])
        return cells

    return complete


def _encoder(field):
    return (field.encoder or json.JSONEncoder)(ensure_ascii=False, separators=(",", ":")).encode


def _is_folded(field):
    return isinstance(field, FoldedField)


def _is_at_a_default(field):
    """Whether a column that is not given must be, as the database has no default for it."""
    return not field.primary_key and not _is_folded(field) and field.db_default is NOT_PROVIDED


def _at_default(field):
    value = field.get_default()
    return _encoder(field)(value) if isinstance(field, models.JSONField) and value is not None else value


def _cell(value):
    if isinstance(value, str):
        return value.translate(_ESCAPED) if _TO_ESCAPE.search(value) else value
    if value is None:
        return "\\N"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
