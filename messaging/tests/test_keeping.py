"""What is kept of a message, for how long, and what stays when it is gone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging import keeping
from messaging.demo import make_message
from messaging.models import Attempt, Batch, Decision, Delivery, Message
from messaging.report.words import said_to
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator
from portal.school.keeping import forget_a_piece, kinds
from portal.school.models import Forgotten, SchoolSetting

from .desk import png, registered, said

pytestmark = pytest.mark.django_db
CONTACTS = {"include": [{"role": "contacts"}]}
NAMED = {kind.name: kind for kind in kinds()}


def sent(author, *, days, people=3, text="The bus is late", **fields):
    """A message that ended so many days ago."""
    for _ in range(people):
        registered()
    message = make_message(author, rule=CONTACTS, text=text, **fields)
    prepare(message.pk)
    for batch in message.batches.all():
        batch.body = b'{"text": {"content": "as it went"}}'
        batch.state, batch.body_sha256 = Batch.State.ACCEPTED, "d" * 64
        batch.save()
        Attempt.objects.create(batch=batch, number=1, lease="0" * 32, milliseconds=5, outcome="ok")
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.FINISHED, final_counts=message.count(), finished_at=F("start_at")
    )
    make_older(days)
    message.refresh_from_db()
    return message


def make_older(days):
    ago = timedelta(days=days)
    Message.objects.update(finished_at=F("finished_at") - ago, start_at=F("start_at") - ago)
    Attempt.objects.update(at=F("at") - ago)


def forget(name, times=1):
    for _ in range(times):
        Forgotten.objects.update(next_at=F("ran_at"))
        forget_a_piece(NAMED[name])


def test_the_bytes_of_a_call_go_when_nothing_reads_them_any_more_and_the_report_says_the_same(author):
    message = sent(author, days=1, text="Dear ((name))")
    Batch.objects.update(body=None)
    before = [said_to(delivery).text for delivery in message.deliveries.order_by("pk")]
    Batch.objects.update(body=b"{}")
    forget("calls of messages, byte by byte")
    assert not Batch.objects.filter(body__isnull=False).exists()
    assert [said_to(delivery).text for delivery in message.deliveries.order_by("pk")] == before


def test_the_bytes_of_a_call_stay_while_the_same_may_go_again(author):
    sent(author, days=0)
    forget("calls of messages, byte by byte")
    assert Batch.objects.filter(body__isnull=False).exists()


def test_the_bytes_stay_where_they_alone_say_what_went(author):
    sent(author, days=1, addition=" 10:15")
    forget("calls of messages, byte by byte")
    assert Batch.objects.filter(body__isnull=False).exists()


def test_texts_and_files_go_and_the_report_says_so(client, author):
    message = sent(author, days=600, text="Dear ((name)), see")
    message.attachments.create(name="plan.png", size=4, data=png())
    forget("texts")
    message.refresh_from_db()
    assert message.text == "" and not message.attachments.exists()
    assert not Batch.objects.exclude(content="").exists()
    client.force_login(make_administrator())
    page = said(client.get(reverse("messaging:message", args=[message.pk])))
    assert "Its text was removed on" in page and "Copy into a new draft" not in page
    assert "Its text was removed" in said(client.get(reverse("messaging:sent")))


def test_how_many_got_it_stays_when_text_and_names_are_gone(client, author):
    message = sent(author, days=365 * 7)
    counts = message.counts
    for name in NAMED:
        forget(name)
    message.refresh_from_db()
    assert message.counts == counts and message.recipients == 3
    assert not Delivery.objects.exists()
    client.force_login(make_administrator())
    assert "Who got it was removed on" in said(client.get(reverse("messaging:message", args=[message.pk])))


def test_whom_somebody_decided_about_goes_with_who_got_it(author):
    message = sent(author, days=365 * 7)
    Decision.objects.create(message=message, people=b"1 2 3")
    forget("who got what")
    assert not Decision.objects.exists()


def test_what_is_younger_stays(author):
    message = sent(author, days=500)
    for name in ("texts", "who got what"):
        forget(name)
    message.refresh_from_db()
    assert message.text and message.deliveries.count() == 3


def test_the_school_says_how_long(author):
    message = sent(author, days=100)
    SchoolSetting.objects.create(name="keep_texts_months", value=3)
    forget("texts")
    message.refresh_from_db()
    assert message.text == ""


@pytest.mark.parametrize("status", [Message.Status.SCHEDULED, Message.Status.PAUSED, Message.Status.DRAFT])
def test_a_message_that_may_still_leave_is_not_touched_however_old(author, status):
    message = sent(author, days=3000)
    Message.objects.update(status=status)
    for name in NAMED:
        forget(name)
    message.refresh_from_db()
    assert message.text and message.deliveries.count() == 3


def test_calls_go_after_ninety_days(author):
    sent(author, days=91)
    forget("calls")
    assert not Attempt.objects.exists()


def test_what_is_forgotten_is_forgotten_in_pieces_and_told(author, monkeypatch, client):
    monkeypatch.setattr(keeping, "A_PIECE", 2)
    message = sent(author, days=365 * 7, people=5)
    forget("who got what")
    assert message.deliveries.count() == 3
    forget("who got what", times=2)
    assert message.deliveries.count() == 0
    row = Forgotten.objects.get(pk="who got what")
    assert (row.rows, row.last_rows) == (5, 1) and row.next_at > row.ran_at + timedelta(minutes=50)
    client.force_login(make_administrator())
    assert "Who got which message" in said(client.get(reverse("kept")))


def test_two_sweepers_do_not_take_the_same_turn(author):
    sent(author, days=91)
    forget("calls")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        forget_a_piece(NAMED["calls"])
    assert not any("messaging_attempt" in query["sql"] for query in queries)
