"""Write a value of its own into each of many rows, in one statement, on PostgreSQL and on SQLite."""

from django.db import connection


def update_each(model, rows, assignments, condition="TRUE", assigned=(), compared=()):
    """`rows` are tuples that begin with the key; in `assignments` the second of each is `v.column2`, and so on.

    `assigned` and `compared` are what stands for %s in assignments and condition. Django's `bulk_update` compiles a
    CASE of as many branches, which takes a hundred times as long.
    """
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    values = ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))
    # Only names and placeholders of this module's callers; every value is a parameter.
    statement = f"UPDATE {table} SET {assignments} FROM (VALUES {values}) AS v WHERE {table}.id = v.column1"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement} AND {condition}", [*assigned, *(value for row in rows for value in row), *compared]
        )
