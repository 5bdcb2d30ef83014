"""Many rows in one statement, on PostgreSQL and on SQLite, each with values of its own.

Django's `bulk_update` compiles a CASE of as many branches and takes a hundred times as long; its `bulk_create` four times.
"""

from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BinaryField, Model, Q, UUIDField
from django.db.models.sql import Query

# Of these every database has an idea of its own; numbers and texts each driver takes as they are.
NOT_AS_THEY_ARE = (BinaryField, UUIDField)
EVERY_ROW = Q()
AT_ONCE = 1000  # rows of an insertion: SQLite takes some thirty thousand values


def update_each(
    model: type[Model], rows: Sequence[tuple], fields: Sequence[str], *, where: Q = EVERY_ROW, **of_all: Any
) -> None:
    """Write into each row its own values, and `of_all` (values or expressions) into all of them.

    `rows` are tuples of a key and a value for each of `fields`. Changed are those for which `where` holds, which may
    speak of the row's own columns alone.
    """
    if not rows:
        return
    table, quote = _Table(model), connection.ops.quote_name
    own = [f"{table.column(name)} = v.column{place}" for place, name in enumerate(fields, start=2)]
    common = [(f"{table.column(name)} = %s", *table.compiled(name, value)) for name, value in of_all.items()]
    assignments = ", ".join([*own, *(text % sql for text, sql, _ in common)])
    condition, compared = table.condition(where)
    values, given = table.values(rows, [model._meta.pk.name, *fields])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} SET {assignments} FROM (VALUES {values}) AS v "
            f"WHERE {table.column('pk')} = v.column1 AND {condition}",
            [*(value for _, _, parameters in common for value in parameters), *given, *compared],
        )


def insert_each(model: type[Model], rows: Sequence[tuple], fields: Sequence[str]) -> None:
    """Insert `rows`, tuples of a value for each of `fields`; what is not named has its default."""
    table = _Table(model)
    others, defaults = table.defaults(besides=fields)
    columns = ", ".join(table.column(name) for name in (*fields, *others))
    for start in range(0, len(rows), AT_ONCE):
        chunk = [(*row, *defaults) for row in rows[start : start + AT_ONCE]]
        values, given = table.values(chunk, [*fields, *others])
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES {values}", given
            )


class _Table:
    """Says Django's fields and expressions in SQL; columns stand without their table."""

    def __init__(self, model: type[Model]) -> None:
        self.fields = {field.name: field for field in model._meta.concrete_fields} | {"pk": model._meta.pk}
        self.database = connections[DEFAULT_DB_ALIAS]  # the proxy would be asked for every value
        self.query = Query(model, alias_cols=False)
        self.compiler = self.query.get_compiler(connection=connection)

    def column(self, name: str) -> str:
        field = self.fields[name]
        return connection.ops.quote_name(field.column or field.attname)

    def compiled(self, name: str, value: Any) -> tuple[str, Sequence[Any]]:
        if not hasattr(value, "resolve_expression"):
            return "%s", [self.fields[name].get_db_prep_save(value, connection)]
        return self.compiler.compile(value.resolve_expression(self.query, allow_joins=False, for_save=True))

    def defaults(self, besides: Collection[str]) -> tuple[list[str], list[Any]]:
        """(names, values) of the model's own defaults; the rest is the database's, or nothing."""
        own = [field for name, field in self.fields.items() if name != "pk" and not field.has_db_default()]
        values = {field.name: field.get_default() for field in own if field.name not in besides}
        values = {name: value for name, value in values.items() if value is not None}
        return list(values), list(values.values())

    def condition(self, where: Q) -> tuple[str, Sequence[Any]]:
        if not where:
            return "TRUE", []
        return self.compiler.compile(self.query.build_where(where))

    def values(self, rows: Sequence[tuple], fields: Sequence[str]) -> tuple[str, list[Any]]:
        """(placeholders, parameters) of all rows."""
        given = list(chain.from_iterable(rows))
        for place, name in enumerate(fields):
            if isinstance(field := self.fields[name], NOT_AS_THEY_ARE):
                given[place :: len(fields)] = [
                    field.get_db_prep_save(v, self.database) for v in given[place :: len(fields)]
                ]
        row = f"({', '.join(['%s'] * len(fields))})"
        return ", ".join([row] * len(rows)), given
