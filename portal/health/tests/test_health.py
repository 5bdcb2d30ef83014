"""Which of us works: beats written by the work, and what pages and `/readyz` say of one that is silent."""

import io
import logging
import socket
import time
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models.functions import Now
from kombu import Connection

from portal import database, doorbell, periodic
from portal.away import Service
from portal.celery import app
from portal.health import beats, readiness, readiness_checks, tasks
from portal.health.models import Beat
from portal.mail.models import MailServer
from portal.management.commands import sweep
from portal.version import VERSION

pytestmark = pytest.mark.django_db


def silent(process, seconds=60):
    Beat.objects.filter(process=process).update(at=Now() - timedelta(seconds=seconds))


@pytest.fixture
def broker_is_away(settings, monkeypatch):
    def refused():
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(doorbell, "_ask", refused)
    monkeypatch.setattr(doorbell, "_publish", lambda task: refused())


def readyz(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


# --- who is silent ---


def test_all_of_us_work(client, all_of_us_work):
    names = ["database", "sweeper", "broker", "worker", "disk", "mail", "oldest due batch"]
    assert readyz(client) == (200, dict.fromkeys(names, "ok"))
    assert readiness.sentences(readiness.OURSELVES) == []


def test_who_does_not_work_is_named_beside_us_and_to_whoever_has_the_token(client, all_of_us_work, settings):
    settings.METRICS_TOKEN = "t0ken"
    beats.stopped("worker")
    through_a_proxy = {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    assert client.get("/readyz").json()["worker"] == "stopped"
    for headers in (
        through_a_proxy,
        {"REMOTE_ADDR": "203.0.113.7"},
        through_a_proxy | {"HTTP_AUTHORIZATION": "Bearer no"},
    ):
        answer = client.get("/readyz", **headers)
        assert (answer.status_code, answer.json()) == (503, {"portal": "not ready"})
    known = client.get("/readyz", HTTP_AUTHORIZATION="Bearer t0ken", **through_a_proxy)
    assert known.json()["worker"] == "stopped"


def test_a_mail_server_that_is_away_and_a_full_disk_are_named(client, all_of_us_work, monkeypatch):
    MailServer.objects.create(pk=1, failures=3, away_since=Now())
    monkeypatch.setattr(readiness_checks, "is_nearly_full", lambda: True)
    status, words = readyz(client)
    assert status == 503 and words["mail"].startswith("away since") and words["disk"] == "nearly full"
    [sentence] = readiness.sentences(readiness.OURSELVES)
    assert "nearly full" in sentence, "e-mail has a panel of its own"


# --- numbers ---


def test_metrics_are_read_by_token_only(client, settings):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404
    settings.METRICS_TOKEN = "t0ken"
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong").status_code == 404
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer t0ken").status_code == 200


def status():
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("status", stdout=said)
    return ended.value.code, said.getvalue()


def test_status_says_on_one_screen_how_it_stands(all_of_us_work):
    code, said = status()
    assert code == 1 and "not linked" in said and "seconds since heard of" in said and VERSION in said
    assert "never made" in said
    assert len(said.splitlines()) < 30


def test_status_without_a_database_says_so(monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("connection refused\nIs the server running?")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", refuse)
        code, said = status()
    assert code == 2 and said.splitlines()[-1].split(None, 1) == ["database", "away: connection refused"]


@pytest.mark.parametrize(("process", "other"), [("worker", "sweeper"), ("sweeper", "worker")])
def test_one_that_is_silent_for_a_minute_is_named_and_no_other(client, all_of_us_work, process, other):
    silent(process)
    status, words = readyz(client)
    assert status == 503 and words[process].startswith("silent since") and words[other] == "ok"
    assert [process in sentence for sentence in readiness.sentences(readiness.OURSELVES)] == [True]


def test_one_that_ends_in_order_is_missed_at_once(client, all_of_us_work):
    beats.stopped("worker")
    assert readyz(client) == (503, {**readyz(client)[1], "worker": "stopped", "sweeper": "ok"})


def test_the_broker_is_said_before_the_worker_that_cannot_hear(client, all_of_us_work, broker_is_away):
    silent("worker")
    status, words = readyz(client)
    assert (status, words["broker"], words["worker"]) == (503, "away", "not heard while the broker is away")
    [sentence] = readiness.sentences(readiness.OURSELVES)
    assert "broker" in sentence and "worker" not in sentence


def test_a_database_that_is_away_is_said_and_nothing_else_is_asked(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("away")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert readyz(client) == (503, {"database": "away"})


# --- beats ---


def test_a_process_keeps_one_row_and_makes_it_anew_where_somebody_took_it_away(monkeypatch):
    monkeypatch.setattr(beats, "EVERY", timedelta(0))
    beats.beat("worker")
    silent("worker")
    beats.beat("worker")
    assert Beat.objects.living().count() == 1 == Beat.objects.count()
    Beat.objects.all().delete()
    beats.beat("worker")
    assert Beat.objects.living().count() == 1


def test_a_beat_is_cheap_where_work_is_quick(django_assert_num_queries):
    beats.beat("worker")
    with django_assert_num_queries(0):
        for _ in range(100):
            beats.beat("worker")


def test_living_processes_of_a_kind_know_their_place():
    Beat.objects.create(process="worker")
    beats.beat("worker")
    Beat.objects.create(process="worker")
    Beat.objects.create(process="sweeper")
    place = beats.place("worker", seen_after=timedelta(0))
    assert (place.index, place.living) == (1, 3)


def test_a_process_that_has_begun_and_done_no_work_is_not_heard_of(client, all_of_us_work):
    beats.stopped("worker")
    beats.place("worker", seen_after=timedelta(0))
    assert "worker" not in Beat.objects.heard() and not Beat.objects.living().filter(process="worker").exists()
    assert readyz(client)[1]["worker"] == "stopped"
    beats.beat("worker")
    beats.place("worker", seen_after=timedelta(0))
    assert readyz(client)[1]["worker"] == "ok" and Beat.objects.filter(process="worker").count() == 1


def test_a_worker_whose_rounds_fail_does_not_beat_until_one_succeeds():
    for _ in range(tasks.FAILS_AFTER):
        tasks.count_failure(sender=tasks.beat_of_worker)
    tasks.beat_of_worker()
    assert not Beat.objects.exists()
    tasks.forget_failures(sender=tasks.beat_of_worker)
    tasks.beat_of_worker()
    assert Beat.objects.living().filter(process="worker").exists()


# --- the sweeper ---


@pytest.fixture
def sweeps(monkeypatch):
    """The sweeper's work, to be filled by the test."""
    work = []
    monkeypatch.setattr(periodic, "_work", work)
    return work


def test_the_sweeper_beats_after_a_good_round_only(sweeps):
    def fails():
        raise ValueError("broken")

    sweeps[:] = [(5, fails), (5, lambda: None)]
    sweeper = periodic.Sweeper()
    sweeper.run_due()
    sweeper.run_due()  # nothing is due, and the failure stands
    assert not Beat.objects.exists()
    sweeps[:] = [(5, lambda: None)]
    periodic.Sweeper().run_due()
    assert Beat.objects.living().filter(process="sweeper").exists()


def test_a_sweep_that_fails_is_tried_again_after_a_doubling_pause(sweeps, monkeypatch, caplog):
    clock, tried = [1000.0], []
    monkeypatch.setattr(periodic.time, "monotonic", lambda: clock[0])

    def fails():
        tried.append(clock[0] - 1000)
        raise ValueError("broken")

    sweeps.append((5, fails))
    sweeper = periodic.Sweeper()
    for _ in range(40):
        sweeper.run_due()
        clock[0] += 1
    assert tried == [0, 2, 6, 14, 30]
    assert sum(bool(record.exc_info) for record in caplog.records) == 1


def test_without_a_database_the_sweeper_says_one_line_and_does_not_beat(sweeps, monkeypatch, caplog):
    beats_before = Beat.objects.count()

    def refuse(*args, **kwargs):
        raise DatabaseError("connection refused\nIs the server running?")

    sweeps.append((5, lambda: pytest.fail("nothing can be done without a database")))
    sweeper = periodic.Sweeper()
    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(connection, "cursor", refuse)
        for _ in range(200):
            sweeper.run_due()
    assert [record.getMessage() for record in caplog.records] == [
        "The database is away: connection refused. It is asked again after pauses of up to 8 s."
    ]
    assert Beat.objects.count() == beats_before


def test_a_database_that_goes_away_in_the_middle_of_a_round_is_one_line(sweeps, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise OperationalError("server closed the connection\nunexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(database, "server", Service("The database"))

        def goes_away():
            broken.setattr(connection, "cursor", refuse)
            connection.cursor()

        sweeps[:] = [(5, goes_away), (5, lambda: pytest.fail("nothing can be done without a database"))]
        assert not periodic.Sweeper().run_due()
    [line] = caplog.records
    assert "The database is away" in line.getMessage() and line.exc_info is None


def test_the_sweeper_says_that_it_is_alive_only_while_the_database_answers(sweeps, monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    file = tmp_path / "alive/sweeper"

    def refuse(*args, **kwargs):
        raise DatabaseError("connection refused")

    def one_round():
        ends = Mock(is_set=Mock(side_effect=[False, True]))
        monkeypatch.setattr(sweep.threading, "Event", lambda: ends)
        sweep.Command().handle()

    monkeypatch.setattr(sweep.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sweep, "stopped", lambda process: None)
    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", refuse)
        one_round()
    assert not file.exists()
    monkeypatch.setattr(database, "server", Service("The database"))
    one_round()
    assert file.exists()


def test_a_task_that_fails_because_the_database_is_away_is_no_traceback(monkeypatch, caplog):
    monkeypatch.setattr(database, "server", Service("The database"))
    trace = logging.getLogger("celery.app.trace")
    for error in (OperationalError("connection refused\nIs it running?"), InterfaceError("closed")):
        trace.error("Task raised unexpected", exc_info=error)
    trace.error("Task raised unexpected", exc_info=ValueError("ours"))
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


def test_a_service_that_is_away_is_left_alone_twice_as_long_each_time(monkeypatch, caplog):
    clock = [0.0]
    monkeypatch.setattr("portal.away.time.monotonic", lambda: clock[0])
    service, asked = Service("The thing"), []
    for _ in range(30):
        if not service.is_left_alone:
            asked.append(clock[0])
            service.failed("no answer")
        clock[0] += 1
    assert asked == [0, 1, 3, 7, 15, 23]
    service.answered()
    assert not service.is_left_alone
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_worker_without_a_database_says_one_line_and_does_not_beat(monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise DatabaseError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", refuse)
        for _ in range(5):
            tasks.beat_of_worker()
    assert len(caplog.records) == 1 and beats._own == {}


def test_a_broker_that_answers_nothing_costs_a_second(settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.SMALL_BROKER, settings.CELERY_BROKER_TRANSPORT_OPTIONS = False, {}
        monkeypatch.setattr(app, "connection_for_write", lambda **options: Connection(address, **options))
        began = time.monotonic()
        for _ in range(20):
            doorbell.ring_at_once("any")
        assert not doorbell.answers() and time.monotonic() - began < 10, "a wait for every ring"


def test_a_broker_that_is_away_costs_one_line_and_no_further_wait(broker_is_away, caplog):
    for _ in range(50):
        doorbell.ring_at_once("any")
    assert len(caplog.records) == 1
