"""What only a real PostgreSQL shows: two processes that claim at the same instant, and who waits for whom."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Attempt, Batch, Delivery, Message
from messaging.sending import claim
from messaging.sending.preparing import prepare, prepare_all
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.revisions import SavedMeanwhile, next_revision, revision_of
from portal.people.demo import make_person
from portal.people.models import Import
from portal.people.tasks import imports
from registration.demo import make_registration
from registration.invitations import invitees
from registration.invitations.actions import digest, invite
from wechat_admin.account.actions import pause_sending
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[1]

CLAIMER = """
import sys, uuid, django
django.setup()
from django.conf import settings
from django.db import transaction
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connection, transaction
connection.settings_dict["NAME"] = sys.argv[1]
from messaging.sending import claim
from messaging.models import Batch
from wechat_admin.models import EnterpriseAccount
account = EnterpriseAccount.objects.get()
ids = list(Batch.objects.values_list("pk", flat=True))
lease = uuid.uuid4()
connection.ensure_connection()
print("ready", flush=True)
sys.stdin.readline()
with transaction.atomic():
    # Straight at the batches, without the lock that claims take before.
    locked = claim._lock(account, ids)
    claim._take(locked, claim._bodies_of(locked, account), lease)
    transaction.on_commit(lambda: None)
print(Batch.objects.filter(lease=lease).count(), flush=True)
"""


def processes(count):
    command = [sys.executable, "-c", CLAIMER, connection.settings_dict["NAME"]]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return [subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) for _ in range(count)]


def wait_until_blocked(count):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] == count:
                return
        time.sleep(0.02)
    raise AssertionError("the claimers do not wait for the rows")


def test_two_processes_claim_two_hundred_batches_and_none_twice():
    make_account()
    message = make_message(make_sign_in(make_person("staff")), status=Message.Status.SENDING)
    Batch.objects.bulk_create(Batch(message=message, number=n, size=1, body=b"{}") for n in range(1, 201))
    claimers = processes(2)
    for claimer in claimers:
        assert claimer.stdout.readline() == "ready\n"
    # Both are made to meet: they wait for these rows, and go on when they are let go.
    with transaction.atomic():
        list(Batch.objects.select_for_update())
        for claimer in claimers:
            claimer.stdin.write("go\n")
            claimer.stdin.flush()
        wait_until_blocked(len(claimers))
    claimed = [int(claimer.communicate(timeout=30)[0]) for claimer in claimers]
    assert sum(claimed) == 200
    assert Batch.objects.filter(attempts=1, state=Batch.State.IN_FLIGHT).count() == 200


def _prepare(database, pk, results):
    connection.settings_dict["NAME"] = database
    connection.close()
    results.put(prepare(pk))


def test_two_processes_prepare_a_message_once():
    make_account()
    for _ in range(50):
        make_registration(make_person("contact"))
    message = make_message(make_sign_in(make_person("staff")))
    connection.close()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [
        context.Process(target=_prepare, args=(connection.settings_dict["NAME"], message.pk, results)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(results.get(timeout=5) for _ in workers) == [False, True]
    assert Delivery.objects.filter(message=message, problem=None).count() == 50
    assert Batch.objects.get().size == 50 and not Attempt.objects.exists()


def test_a_list_that_is_being_frozen_keeps_no_other_message_waiting():
    make_account()
    make_registration(make_person("contact"))
    author = make_sign_in(make_person("staff"), options=["messaging.write"])
    long, _ = (make_message(author, text=text) for text in ("long", "short"))

    def freeze():
        try:
            prepare_all()
        finally:
            connection.close()

    with transaction.atomic():
        Message.objects.select_for_update().get(pk=long.pk)
        thread = threading.Thread(target=freeze)
        thread.start()
        thread.join(10)
        assert not thread.is_alive(), "it waits for the long one"
    statuses = dict(Message.objects.values_list("text", "status"))
    assert statuses == {"long": Message.Status.PREPARING, "short": Message.Status.SENDING}


def test_no_thread_waits_for_a_long_import_nor_for_a_turn_behind_it():
    long, _behind, reading = (
        Import.objects.create(name=state, size=1, state=state, lease_until="2020-01-01T00:00Z")
        for state in (Import.State.ENTERING, Import.State.ENTERING, Import.State.READING)
    )

    def work():
        try:
            imports()
        finally:
            connection.close()

    with transaction.atomic():
        Import.objects.select_for_update().get(pk=long.pk)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(10)
        assert not thread.is_alive(), "it waits for the long one"
        Import.objects.update(state=Import.State.REFUSED)
    reading.refresh_from_db()
    assert reading.lease_until is None, "what nobody holds goes on"


@contextmanager
def a_claim_in_progress(monkeypatch):
    """A claim that has its lock and stands still in the middle of its transaction."""
    has_its_lock, go_on = threading.Event(), threading.Event()

    def stand_still(*args):
        has_its_lock.set()
        go_on.wait(20)
        return []

    def in_a_thread(account):
        try:
            claim.claim(account, 1)
        finally:
            connection.close()

    monkeypatch.setattr(claim, "_lock", stand_still)
    thread = threading.Thread(target=in_a_thread, args=[EnterpriseAccount.objects.get()])
    thread.start()
    try:
        assert has_its_lock.wait(10)
        yield
    finally:
        go_on.set()
        thread.join(10)


def test_save_and_invite_wait_for_nobodys_sending(client, monkeypatch):
    make_account()
    user = make_administrator()
    client.force_login(user)
    person = make_person("contact", email="parent@family.example")
    with a_claim_in_progress(monkeypatch), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        values = {"corporation_id": "ww5c4001516a7042d1", "application_agent_id": "1000002", "version": 1}
        assert client.post(reverse("wechat-administration"), values).status_code == 302
        people = invitees.chosen(["contacts"], []).filter(pk=person.pk)
        assert invite(people=people, shown=digest(people), by=user)
        # What holds sending back does wait: after its commit nothing is claimed.
        cursor.execute("SET lock_timeout = '100ms'")
        with pytest.raises(OperationalError):
            pause_sending(by=user)
        cursor.execute("SET lock_timeout = 0")
    assert EnterpriseAccount.objects.get().version == 2


def test_of_two_who_save_at_the_same_instant_one_is_told():
    """Both have read the same revision; the second waits for the end of the first, and is refused then."""
    users = [make_sign_in(make_person("staff")) for _ in range(2)]
    outcomes, together = [], threading.Barrier(2)

    def save(user):
        together.wait()
        try:
            with transaction.atomic():
                next_revision("a thing", seen=0, by=user)
                time.sleep(0.2)
            outcomes.append("saved")
        except SavedMeanwhile:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["saved", "told"] and revision_of("a thing") == 1


def test_no_statement_is_compiled():
    """Compiling takes longer than running, and once took a page fifteen seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_whoever_stands_still_within_a_transaction_keeps_its_locks_for_a_minute_at_most():
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)
