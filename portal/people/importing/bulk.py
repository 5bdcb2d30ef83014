"""Many rows written as fast as the database takes them: by COPY where it is PostgreSQL."""

import io
import json
import re
from datetime import date
from itertools import islice

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

_TO_ESCAPE = re.compile(r"[\\\n\r\t]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def parts_of(iterable, size):
    """Lists of `size` of what is iterated, the last one shorter."""
    iterator = iter(iterable)
    while part := list(islice(iterator, size)):
        yield part


def insert(instances):
    """Insert new instances of one model. What the database gives them (their ids) is not read back."""
    if not instances:
        return
    if connection.vendor == "postgresql":
        _copy(instances)
    else:
        type(instances[0]).objects.bulk_create(instances, batch_size=500)


def _copy(instances):
    fields = [field for field in instances[0]._meta.concrete_fields if _is_ours(field, instances[0])]
    readers = [_reader(field) for field in fields]
    rows = ("\t".join(_copied(read(instance)) for read in readers) for instance in instances)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(instances[0]._meta.db_table)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("\n".join(rows)))


def update(instances, names):
    """Write these columns of rows that are there."""
    if instances:
        type(instances[0]).objects.bulk_create(
            instances, batch_size=500, update_conflicts=True, update_fields=names, unique_fields=["id"]
        )


def _is_ours(field, instance):
    return not field.primary_key and not isinstance(getattr(instance, field.attname), DatabaseDefault)


def _reader(field):
    name = field.attname
    if isinstance(field, models.JSONField):
        return lambda instance: _as_json(getattr(instance, name), field.encoder)
    return lambda instance: getattr(instance, name)


def _as_json(value, encoder):
    return None if value is None else json.dumps(value, cls=encoder, ensure_ascii=False)


def _copied(value):
    if isinstance(value, str):
        return value.translate(_ESCAPED) if _TO_ESCAPE.search(value) else value
    if value is None:
        return "\\N"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
