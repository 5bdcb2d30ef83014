"""A database that was put back sends nothing before an administrator has looked at it."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from messaging import sweeps, tasks
from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.sending.claim import claim
from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.health.beats import beat
from portal.health.models import Beat
from portal.ledger import mark
from portal.ledger.models import Mark
from portal.ledger.sweeps import compare_the_mark
from portal.people.demo import make_person
from registration.at_wecom.welcoming import welcome_due
from registration.models import Registration
from wechat_admin.demo import make_account

from .rows import TEXT, counts, follow, prepared, registered

pytestmark = pytest.mark.django_db


@contextmanager
def backup(**age):
    """The database is as it was before the block, so much older; WeCom and what stands outside are as they are now."""
    beat(Beat.Process.WORKER)
    compare_the_mark()
    was = transaction.savepoint()
    yield
    transaction.savepoint_rollback(was)
    ago = timedelta(**age)
    Beat.objects.update(began_at=F("began_at") - ago, at=F("at") - ago)
    Mark.objects.update(compared_at=F("compared_at") - ago)
    Batch.objects.update(first_attempt_at=F("first_attempt_at") - ago)


def work():
    """Sweeper and worker, some rounds."""
    for _ in range(2):
        compare_the_mark()
        sweeps.sweep()
        tasks.pump()
        welcome_due()


def two_batches(author):
    """A message of which one half goes out at a time."""
    message = prepared(author, text=TEXT)
    first = message.batches.get()
    half = list(first.deliveries.order_by("userid").values_list("pk", flat=True))[2:]
    second = Batch.objects.create(message=message, number=2, size=len(half), content=TEXT + " (2)")
    first.deliveries.filter(pk__in=half).update(batch=second)
    Batch.objects.filter(pk=first.pk).update(size=2)
    return message


@pytest.mark.parametrize("age", [{"minutes": 1}, {"days": 1}], ids=["at once", "the next day"])
def test_a_dump_taken_mid_send_and_put_back_sends_nothing(age, account, simulator, author):
    follow(simulator, registered(4, account))
    message = two_batches(author)
    Batch.objects.filter(number=2).update(next_attempt_at=Now() + timedelta(hours=1))
    tasks.pump()
    Batch.objects.update(next_attempt_at=Now())
    assert counts(message) == {"accepted": 2, "waiting": 2}
    with backup(**age):
        work()
        assert counts(message) == {"accepted": 4}
    arrived = simulator.inbox
    work()
    assert mark.is_held()
    assert counts(message) == {"accepted": 2, "waiting": 2}
    assert simulator.inbox == arrived and simulator.calls("message/send") == {0: 2}


def test_claims_are_refused_although_a_pump_has_begun(account, simulator, author):
    registered(1, account)
    prepared(author)
    with backup(minutes=1):
        assert claim(account, 10)
    assert claim(account, 10) == []


def test_first_messages_are_held_too(account, simulator, author):
    people = registered(2, account)
    follow(simulator, people)
    Registration.objects.update(welcome_due_at=Now(), registered_at=Now())
    with backup(minutes=1):
        work()
        assert simulator.calls("message/send") == {0: 2}
    work()
    assert simulator.calls("message/send") == {0: 2}
    assert mark.is_held()


def test_a_staging_copy_sends_nothing(account, simulator, author):
    """It has a Redis of its own, or none of this name: nothing is known outside."""
    follow(simulator, registered(1, account))
    make_message(author, text=TEXT, status=Message.Status.SCHEDULED, start_at=Now() + timedelta(days=1))
    with backup(hours=1):
        pass
    Mark.objects.update(name=uuid4())
    work()
    Message.objects.update(start_at=Now())
    work()
    assert mark.is_held()
    assert simulator.calls("message/send") == {}


def test_an_emptied_redis_does_not_stop_a_message(account, simulator, author):
    follow(simulator, registered(1, account))
    message = make_message(author, text=TEXT)
    with backup(minutes=5):
        pass
    Mark.objects.update(name=uuid4())
    work()
    assert counts(message) == {"accepted": 1}


def test_what_cannot_be_written_down_outside_is_not_called(account, simulator, author, monkeypatch):
    registered(1, account)
    prepared(author)
    with monkeypatch.context() as patched:
        patched.setattr(mark, "write_down", lambda: False)
        assert claim(account, 10) == []
    batch = Batch.objects.get()
    assert (batch.state, batch.attempts, batch.body) == (Batch.State.READY, 0, None)
    assert len(claim(account, 10)) == 1


def test_an_administrator_sees_what_is_open_and_one_press_releases(account, simulator, author, client):
    follow(simulator, registered(3, account))
    message = make_message(author, text="The gate is closed.")
    with backup(minutes=1):
        work()
    work()
    assert mark.is_held()
    administrator = make_administrator()
    client.force_login(administrator)
    address = reverse("after-restore")
    for page in (reverse("dashboard"), reverse("wechat-administration"), message.get_absolute_url()):
        assert address in client.get(page).content.decode(), page
    shown = client.get(address).content.decode()
    assert "The gate is closed." in shown and Mark.objects.get().get_held_display() in shown
    stale = client.post(reverse("release-after-restore"), {"name": "nonsense"}, follow=True)
    assert "Nothing was released" in stale.content.decode() and mark.is_held()
    name = Mark.objects.get().name
    answer = client.post(reverse("release-after-restore"), {"name": name}, follow=True)
    assert "Sending goes on" in answer.content.decode()
    client.post(reverse("release-after-restore"), {"name": name})
    event = AuditEvent.objects.get(act="released sending after the database was put back")
    assert event.actor == administrator
    work()
    assert counts(message) == {"accepted": 3}


def test_what_is_open_says_its_words_to_those_alone_who_may_read_them(account, author, client):
    message = make_message(author, text="Ming Lee has measles")
    client.force_login(make_sign_in(make_person("staff"), options=["wechat_admin.view_account"]))
    mark.hold()
    page = client.get(reverse("after-restore")).content.decode()
    assert f"Message {message.pk}" in page and "measles" not in page


def test_who_may_only_look_releases_nothing(account, author, client):
    make_account()
    mark.hold()
    client.force_login(author)
    assert client.post(reverse("release-after-restore"), {"name": Mark.objects.get().name}).status_code == 403
    assert mark.is_held()
