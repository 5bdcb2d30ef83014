"""What an upgrade would do, before it does it: migrations and what they lock, settings and keys that are missing."""

import os
import re

from django.conf import settings
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from .backups.manifest import unreadable_secrets

INSTANT = "an instant"
_KEYS_WITHOUT_WHICH_IT_RUNS = {"BACKUP_KEY": "backups are not sealed"}


def pending():
    """[(app.migration, [what it does, in a sentence])], in the order in which they would be applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    # Private, and what `migrate` itself begins with; the stubs leave it out.
    state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
    found = []
    for migration, _backwards in plan:
        found.append((f"{migration.app_label}.{migration.name}", list(_sentences(migration, state))))
        state = migration.mutate_state(state)
    return found


def _sentences(migration, state):
    for operation in _flat(migration.operations):
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        yield f"{operation.describe()}: {_cost(operation, migration.app_label, before, state)}"


def _flat(operations):
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _cost(operation: Operation, app, before, after):
    """What it locks, and for how long."""
    if isinstance(operation, (migrations.RunPython, migrations.RunSQL)):
        return "goes through rows; how many is the migration's to say"
    if isinstance(operation, migrations.AlterField) and not _changes_column(operation, app, before, after):
        return "nothing in the database"
    if isinstance(operation, migrations.AlterField):
        return f"may write every row of the table anew while nobody else reads it ({_rows(operation, app, before)})"
    if isinstance(operation, (migrations.AddIndex, migrations.AddConstraint)):
        return f"whoever writes to the table waits while each row is read ({_rows(operation, app, before)})"
    return INSTANT


def _changes_column(operation, app, before, after):
    kept = []
    for state in (before, after):
        field = state.apps.get_model(app, operation.model_name)._meta.get_field(operation.name)
        kept.append((field.db_parameters(connection), field.null, field.unique, field.db_index))
    return kept[0] != kept[1]


def _rows(operation, app, state):
    """How many rows there are, as PostgreSQL last counted them."""
    name = getattr(operation, "model_name", "")
    table = state.apps.get_model(app, name)._meta.db_table
    if connection.vendor != "postgresql":
        return "a small database"
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table])
        found = cursor.fetchone()
    return f"some {found[0]} rows" if found else "a new table"


def missing_settings():
    """Names of `.env.example` that nobody has set: their defaults hold."""
    known = re.findall(r"^(\w+)=", (settings.BASE_DIR / ".env.example").read_text(), re.M)
    return [name for name in known if name not in os.environ and f"{name}_FILE" not in os.environ]


def warnings():
    """What should be put right before."""
    found = [
        f"{name} is empty: {why}." for name, why in _KEYS_WITHOUT_WHICH_IT_RUNS.items() if not getattr(settings, name)
    ]
    if not pending() and (lost := unreadable_secrets()):
        found.append(f"{lost} stored secrets open with none of PORTAL_KEYS.")
    if not any((settings.VAR_DIR / "backups").glob("*.backup")):
        found.append("No backup lies in VAR_DIR/backups: make one first (manage.py backup).")
    return found
