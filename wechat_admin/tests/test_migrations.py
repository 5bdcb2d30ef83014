"""Migrations meet a school's existing rows."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

APP = "wechat_admin"


@pytest.fixture
def migrated_back(transactional_db):
    """`back(name)` takes the app's tables back to a migration and returns the models of then; `on(name)` goes on."""

    def to(name):
        executor = MigrationExecutor(connection)
        executor.migrate([(APP, name)])
        return MigrationExecutor(connection).loader.project_state([(APP, name)]).apps

    yield to
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_a_school_that_is_held_paused_or_waiting_stays_so(migrated_back):
    now = timezone.now()
    values = {"hold_code": 60020, "hold_since": now, "probe_at": now, "wait_until": now, "waits": 3}
    EnterpriseAccount = migrated_back("0008_qr_picture").get_model(APP, "EnterpriseAccount")
    EnterpriseAccount.objects.create(pk=1, corporation_id="ww1", sending_paused=True, **values)
    later = migrated_back("0011_the_account_without_its_gate")
    gate = later.get_model(APP, "SendingGate").objects.get(account=1)
    assert gate.paused and {name: getattr(gate, name) for name in values} == values
    EnterpriseAccount = migrated_back("0008_qr_picture").get_model(APP, "EnterpriseAccount")
    account = EnterpriseAccount.objects.get()
    assert account.sending_paused and {name: getattr(account, name) for name in values} == values
