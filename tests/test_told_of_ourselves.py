"""The administrators are told of our own processes."""

import pytest
from celery.signals import task_success
from django.db import OperationalError, connection
from django.db.models.functions import Now

from portal import database
from portal.access.demo import make_administrator
from portal.away import Service
from portal.health.models import Beat
from portal.health.tasks import beat_of_worker
from portal.mail.models import MailServer
from portal.notices.looking import look
from portal.notices.models import Telling
from portal.notices.tasks import look_in_place_of_the_sweeper

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(doorbells):
    return make_administrator()


def told(user):
    shown = Telling.objects.shown_to(user).filter(notice__kind__in=["health.ourselves", "mail.away"])
    return sorted(telling.notice.subject for telling in shown.select_related("notice"))


def test_a_process_that_is_silent_is_told_and_goes_when_it_is_heard(administrator):
    look()
    assert told(administrator) == ["sweeper", "worker"]
    for process in Beat.Process:
        Beat.objects.create(process=process)
    look()
    assert told(administrator) == []


def test_a_silent_sweeper_is_told_by_the_worker(administrator):
    Beat.objects.create(process=Beat.Process.WORKER)
    look_in_place_of_the_sweeper(sender=beat_of_worker)
    assert told(administrator) == ["sweeper"]


def test_without_a_database_the_worker_says_so_once_and_not_at_each_beat(monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(database, "server", Service("The database"))
    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", refuse)
        for _ in range(3):
            task_success.send(sender=beat_of_worker)
    [line] = caplog.records
    assert "The database is away" in line.getMessage() and line.exc_info is None


def test_while_the_sweeper_works_the_worker_does_not_look(administrator):
    for process in Beat.Process:
        Beat.objects.create(process=process)
    MailServer.objects.create(pk=1, failures=3, away_since=Now())
    look_in_place_of_the_sweeper(sender=beat_of_worker)
    assert told(administrator) == []
    look()
    assert told(administrator) == ["server"]
