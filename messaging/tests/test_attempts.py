"""Every call that was made for a message, for those who run the connection."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.demo import make_message
from messaging.models import Attempt, Batch
from messaging.report import attempts
from portal.access.demo import make_sign_in
from portal.people.demo import make_person

pytestmark = pytest.mark.django_db
LEASE = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def operator(client):
    user = make_sign_in(make_person("staff"), options=["wechat_admin.view_account"])
    client.force_login(user)
    return user


def tried(message, batches, calls=1, **fields):
    for number in range(batches):
        batch = Batch.objects.create(message=message, number=number, size=3)
        for call in range(calls):
            Attempt.objects.create(batch=batch, number=call + 1, lease=LEASE, milliseconds=12, outcome="ok", **fields)


def test_each_call_stands_with_its_batch_code_duration_and_process(client, operator, author):
    message = make_message(author, text="Ming has measles")
    tried(message, 1, errcode=60020, http_status=502, process="worker-1:77")
    html = client.get(f"/messaging/{message.pk}/attempts/").content.decode()
    for words in ("3 people", "60020", "HTTP 502", "worker-1:77", ">12<", "accepted by WeCom"):
        assert words in html
    table = client.get(f"/messaging/{message.pk}/attempts.csv").getvalue().decode()
    assert "60020 · HTTP 502" in table and "worker-1:77" in table
    assert "measles" not in html + table


def test_pages_hold_every_call_once_and_cost_the_same(client, operator, author, monkeypatch):
    monkeypatch.setattr(attempts, "SIZE", 4)
    message, other = make_message(author), make_message(author)
    tried(message, 3, calls=3)
    tried(other, 1)
    client.get("/messaging/")
    seen, after, asked = [], "", set()
    while after is not None:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/messaging/{message.pk}/attempts/", {"after": after}).context["page"]
        asked.add(len(queries))
        seen += [(call.batch.number, call.number) for call in page.rows]
        after = page.next
    assert seen == [(batch, call) for batch in range(3) for call in (1, 2, 3)]
    assert len(asked) == 1


def test_the_report_leads_there_only_whoever_runs_the_connection(client, author):
    client.force_login(author)
    message = make_message(author, frozen_digest="x")
    assert "/attempts/" not in client.get(f"/messaging/{message.pk}/").content.decode()
    assert client.get(f"/messaging/{message.pk}/attempts/").status_code == 403
