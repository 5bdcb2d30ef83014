"""A real worker and sweeper while the database goes away and comes back under them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from messaging.demo import make_message
from messaging.models import Message
from portal.access.demo import make_sign_in
from portal.health.models import Beat
from portal.people.demo import make_person
from registration.demo import make_registration
from tests.workers import WORKER, wait_until
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def house(simulator):
    """Worker and sweeper as processes, on this test's database."""
    database = connection.settings_dict
    server = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{server}/{database['NAME']}",
        "WECOM_API_BASE": simulator.address,
        "CELERY_QUEUE": f"restarts-{os.getpid()}",
        "LOG_LEVEL": "ERROR",
    }
    commands = [WORKER, [sys.executable, "manage.py", "sweep"]]
    running = [subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) for command in commands]
    wait_until(lambda: set(Beat.objects.values_list("process", flat=True)) == {"worker", "sweeper"}, 30)
    yield
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    assert not Beat.objects.exists(), "whoever ends in order takes its row away"


def cut_every_other_connection():
    """What a restart of PostgreSQL does to everybody who is idle."""
    outside = psycopg2.connect(os.environ["TEST_DATABASE_URL"])
    outside.autocommit = True
    with outside.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            [connection.settings_dict["NAME"], connection.connection.info.backend_pid],
        )
        [(cut,)] = cursor.fetchall()
    outside.close()
    return cut


def test_a_message_goes_out_within_ten_seconds_after_the_database_was_restarted_while_nothing_was_sent(
    house, simulator
):
    account = make_account()
    registration = make_registration(make_person("contact"))
    address_book_client(account).create_member(
        userid=registration.userid, name="Pat", mobile=registration.mobile, department=[1], to_invite=False
    )
    simulator.scan(registration.mobile)
    author = make_sign_in(make_person("staff"), options=["messaging.write"])
    first = make_message(author, text="before")
    wait_until(lambda: Message.objects.get(pk=first.pk).status == "finished", 20)
    assert cut_every_other_connection() >= 2, "worker and sweeper were connected"
    message = make_message(author, text="after the restart")
    wait_until(lambda: Message.objects.get(pk=message.pk).status == "finished", 10)
    assert simulator.inbox[registration.userid]["after the restart"] == 1
