"""From the last release to this one: old and new processes side by side, and back again.

What the last release was stands in tests/last_release.json: its commit, and where its migrations ended.
"""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED, F

from portal import upgrading
from tests.checks import ROOT

RELEASED = json.loads((ROOT / "tests/last_release.json").read_text())
LEAVES = [tuple(leaf) for leaf in RELEASED["migrations"]]
# What takes away something the last release still asks for: only once nobody runs that release.
TAKES_AWAY = (migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RenameModel)


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


@pytest.fixture
def newer(loader):
    """[(migration, operation)] since the last release."""
    released = {node for leaf in LEAVES for node in loader.graph.forwards_plan(leaf)}
    return [
        (migration, operation)
        for key, migration in sorted(loader.disk_migrations.items())
        if key not in released and migration.app_label in {app for app, _ in LEAVES}
        for operation in migration.operations
    ]


@pytest.fixture
def of_the_last_release(loader):
    """The models as that release knows them."""
    return loader.project_state(LEAVES).apps


@pytest.fixture
def known(of_the_last_release):
    """{(app, model)} it knows: no row of any other does it write."""
    return {(model._meta.app_label, model._meta.model_name) for model in of_the_last_release.get_models()}


def said(found):
    return [f"{migration}: {operation.describe()}" for migration, operation in found]


def test_every_migration_since_can_be_taken_back(newer):
    assert said((m, o) for m, o in newer if not o.reversible) == []


def test_a_column_added_since_is_filled_by_the_database_where_old_processes_do_not_know_it(newer, known):
    """They write rows without it."""
    added = [(m, o) for m, o in newer if isinstance(o, migrations.AddField) and (m.app_label, o.model_name) in known]
    assert said((m, o) for m, o in added if not o.field.null and o.field.db_default is NOT_PROVIDED) == []


def test_nothing_the_last_release_asks_for_was_taken_away(newer, known):
    taken = [(m, o) for m, o in newer if isinstance(o, TAKES_AWAY)]
    assert said((m, o) for m, o in taken if any((m.app_label, name) in known for name in _models(o))) == []


def _models(operation):
    names = (getattr(operation, name, None) for name in ("model_name", "name", "old_name"))
    return {name.lower() for name in names if name}


@pytest.mark.django_db
def test_the_last_release_reads_and_writes_every_table_of_today(of_the_last_release):
    """With its own models, as they stand in its migrations: whatever it asks or sets, the columns are there."""
    for model in of_the_last_release.get_models():
        list(model._base_manager.all()[:1])
        columns = {f.attname: F(f.attname) for f in model._meta.concrete_fields if not f.primary_key}
        if columns and model._meta.app_label != "audit":
            model._base_manager.filter(pk=None).update(**columns)


@pytest.mark.django_db
def test_the_last_release_may_leave_out_every_column_it_does_not_know(of_the_last_release):
    for model in of_the_last_release.get_models():
        known = {field.column for field in model._meta.concrete_fields}
        needed = [name for name, must_be_given in _columns(model._meta.db_table) if must_be_given and name not in known]
        assert needed == [], f"{model._meta.label} of the last release writes no {needed}"


def _columns(table):
    """[(name, whether an INSERT must give it)], as the database has them."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA table_info({table})")
            return [(row[1], row[3] and row[4] is None and not row[5]) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT column_name, is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND "
            "is_generated = 'NEVER' FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_the_last_release_adds_people_and_messages_to_the_tables_of_today(of_the_last_release):
    old = of_the_last_release.get_model
    user = old("people", "User").objects.create(username="of the last release")
    person = old("people", "Person").objects.create(
        reference="L1", given_name="Lee", is_pupil=True, reference_key="l1", by_letters="lee", search_text="lee"
    )
    message = old("messaging", "Message").objects.create(author=user, text="Hello")
    batch = old("messaging", "Batch").objects.create(message=message, number=1, size=1)
    old("messaging", "Delivery").objects.create(message=message, person=person, batch=batch, userid="sp-1")
    assert old("messaging", "Delivery").objects.count() == 1


@pytest.fixture
def brought_back(transactional_db):
    """As the last release left it, and on again afterwards."""
    executor = MigrationExecutor(connection)
    ends = executor.loader.graph.leaf_nodes()
    executor.migrate(LEAVES)
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(ends)


def test_the_way_back_to_the_last_release_is_open_and_upgrade_says_the_way_on(brought_back):
    waiting = [name for name, _sentences in upgrading.pending()]
    assert "messaging.0016_kept_for_a_time" in waiting
    out = StringIO()
    call_command("upgrade", stdout=out, stderr=StringIO())
    assert "messaging.0016_kept_for_a_time" in out.getvalue() and "an instant" in out.getvalue()
    assert [name for name, _sentences in upgrading.pending()] == waiting, "only with --yes it does anything"
    call_command("upgrade", "--yes", stdout=out, stderr=StringIO())
    assert "migrations applied" in out.getvalue()
    assert upgrading.pending() == []


@pytest.mark.django_db
def test_upgrade_says_where_nothing_is_to_be_done(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    out, err = StringIO(), StringIO()
    call_command("upgrade", stdout=out, stderr=err)
    assert "up to date" in out.getvalue()
    assert "No backup lies" in err.getvalue()
