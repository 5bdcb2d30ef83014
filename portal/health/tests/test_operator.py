"""Whoever runs the server is written to, whatever else is dead."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as Memory
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from portal import causes, database
from portal.away import Service
from portal.causes import Cause
from portal.health import beats, operator, tasks
from portal.health.models import Alarm, Beat
from portal.ledger import mark

pytestmark = pytest.mark.django_db
IT = "it@school.example"


@pytest.fixture(autouse=True)
def somebody_runs_it(settings, monkeypatch):
    settings.OPERATOR_EMAIL = IT
    monkeypatch.setattr(operator, "mail", Service("The mail to the operator", longest=600))


def minutes_pass(minutes):
    Alarm.objects.update(since=F("since") - timedelta(minutes=minutes))


def test_what_falls_silent_is_mailed_once_with_what_to_do_and_again_when_it_is_over(all_of_us_work):
    Beat.objects.filter(process="worker").update(at=Now() - timedelta(minutes=3))
    operator.look()
    operator.look()
    assert mail.outbox == [], "a restart is over sooner"
    minutes_pass(3)
    operator.look()
    operator.look()
    [letter] = mail.outbox
    assert letter.to == [IT] and "worker is not running" in letter.body and "docker compose up -d worker" in letter.body
    Beat.objects.update(at=Now())
    operator.look()
    assert len(mail.outbox) == 2 and "it is over" in mail.outbox[1].subject
    assert not list(Alarm.objects.values_list("kind", "subject"))


def test_it_is_mailed_while_all_other_letters_are_held(all_of_us_work):
    mark.hold()
    operator.look()
    minutes_pass(3)
    operator.look()
    assert "releases what waits" in mail.outbox[0].body


def test_a_mail_server_that_is_away_costs_a_line_and_it_is_mailed_later(monkeypatch, caplog):
    def refuse(self, messages):
        raise ConnectionRefusedError

    operator.look()
    minutes_pass(3)
    with monkeypatch.context() as away:
        away.setattr(Memory, "send_messages", refuse)
        operator.look()
        operator.look()
    assert len(caplog.records) == 1 and mail.outbox == []
    monkeypatch.setattr(operator, "mail", Service("The mail to the operator"))
    operator.look()
    assert len(mail.outbox) == 1


def test_the_worker_looks_where_the_sweeper_is_silent(monkeypatch):
    looked = []
    monkeypatch.setattr(operator, "look", lambda: looked.append(1))
    tasks.beat_of_worker()
    assert looked == [1]
    beats.beat(Beat.Process.SWEEPER)
    tasks.beat_of_worker()
    assert looked == [1]


def test_a_database_that_is_away_is_mailed_once_and_when_it_is_back(monkeypatch):
    clock, server = [0.0], Service("The database")
    monkeypatch.setattr("portal.away.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(database, "server", server)
    server.failed("connection refused")
    with connection.execute_wrapper(lambda *_: pytest.fail("there is no database")):
        for clock[0] in (10, 130, 150):
            operator.look_at_the_database()
        assert len(mail.outbox) == 1 and "Start PostgreSQL" in mail.outbox[0].body
        server.answered()
        operator.look_at_the_database()
        operator.look_at_the_database()
    assert len(mail.outbox) == 2


def test_every_kind_of_those_who_keep_it_running_says_what_to_do():
    """What stops everybody's messages, not what one sender has to do."""
    silent_for = {kind.name for kind in causes.kinds() if kind.to_do is None}
    assert {name.partition(".")[0] for name in silent_for} <= {
        "messaging",
        "registration",
        "people",
        "wechat",
        "access",
        "audit",
    }
    for kind in causes.kinds():
        if kind.to_do:
            assert str(kind.to_do("worker")).endswith(".")


def test_without_an_address_nothing_is_asked(settings, django_assert_num_queries):
    settings.OPERATOR_EMAIL = ""
    with django_assert_num_queries(0):
        operator.look()


def test_a_cause_that_was_over_before_it_was_told_is_forgotten(monkeypatch):
    so = {"x": Cause()}
    kind = causes.Kind("health.test", "…", "", lambda: so, str, str, to_do=str)
    monkeypatch.setattr(causes, "_kinds", {kind.name: kind})
    operator.look()
    so.clear()
    operator.look()
    assert not Alarm.objects.exists() and mail.outbox == []
