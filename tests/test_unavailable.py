"""The database is away, busy or slow; the cache is away, silent or read-only: everybody is told, and nothing typed is lost."""

import logging
import re
import socketserver
import threading
import time

import psycopg2
import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from portal import cache as optional_cache
from portal import database, unavailable
from portal.access.demo import make_sign_in
from portal.away import Service
from portal.people.demo import make_person
from portal.version import VERSION

OURS = {"HTTP_ORIGIN": "http://testserver"}


@pytest.fixture(autouse=True)
def nothing_is_known_to_be_away(monkeypatch):
    monkeypatch.setattr(unavailable, "server", Service("The database"))
    monkeypatch.setattr(optional_cache, "redis", Service("The cache"))


@pytest.fixture
def pat(db):
    """Signed in; faults come back as pages."""
    client = Client(raise_request_exception=False)
    client.force_login(make_sign_in(make_person("contact"), username="pat", password="right-password"))
    return client


@pytest.fixture
def database_is_away(monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused\nIs the server running?")

    def goes_away():
        monkeypatch.setattr(connection, "cursor", refuse)

    yield goes_away
    monkeypatch.undo()


# --- the database is away ---


@pytest.mark.parametrize("address", ["/", "/my-details/", "/help/", "/nowhere/", "/messaging/"])
def test_a_page_that_cannot_be_shown_asks_again_by_itself(pat, database_is_away, address, caplog):
    database_is_away()
    for _ in range(3):
        response = pat.get(address)
    html = response.content.decode()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert '<meta http-equiv="refresh" content="5">' in html and f'href="{address}"' in html
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "The database is away: connection refused. It is asked again after pauses of up to 8 s."
    ]


def test_it_is_said_in_the_readers_language(pat, database_is_away):
    pat.cookies["django_language"] = "zh-hant"
    database_is_away()
    html = pat.get("/").content.decode()
    assert '<html lang="zh-Hant"' in html and "資料庫" in html


def test_this_process_answers_all_the_same(pat, database_is_away):
    database_is_away()
    response = pat.get("/healthz", HTTP_HOST="10.0.0.7")
    assert (response.status_code, response.content) == (200, f"ok {VERSION}".encode())


def press_again(client, html):
    """Send the form of the page as a browser would, with what the person types into the empty fields."""
    form = re.search(r'<form method="post" action="([^"]*)" enctype.*?</form>', html, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    return lambda **typed: client.post(form[1], dict(hidden) | typed, **OURS)


def test_what_was_typed_is_sent_again_by_a_press(pat, database_is_away):
    with pytest.MonkeyPatch.context() as away:
        away.setattr(connection, "cursor", lambda *a, **k: (_ for _ in ()).throw(OperationalError("away")))
        response = pat.post("/language/", {"language": "zh-hans", "next": "/help/"}, **OURS)
    html = response.content.decode()
    assert response.status_code == 503 and "refresh" not in html and "kept on this page" in html
    again = press_again(pat, html)()
    assert again.status_code == 302 and again.url == "/help/"


def test_a_password_is_not_kept_but_typed_again(db):
    client = Client(raise_request_exception=False)
    make_sign_in(make_person("contact"), username="pat", password="right-password")
    with pytest.MonkeyPatch.context() as away:
        away.setattr(connection, "cursor", lambda *a, **k: (_ for _ in ()).throw(OperationalError("away")))
        response = client.post("/sign-in/", {"username": "pat", "password": "right-password"}, **OURS)
    html = response.content.decode()
    assert response.status_code == 503 and "right-password" not in html and 'type="password" name="password"' in html
    assert press_again(client, html)(password="right-password").status_code == 302


def test_what_another_site_sent_is_not_shown_as_typed_here(pat, database_is_away):
    database_is_away()
    response = pat.post("/language/", {"language": "planted"}, HTTP_ORIGIN="https://evil.example")
    assert response.status_code == 503 and "planted" not in response.content.decode()


def test_a_form_that_was_open_too_long_keeps_what_was_typed(db):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_sign_in(make_person("contact")))
    response = client.post("/language/", {"language": "zh-hant", "next": "/help/"}, **OURS)
    html = response.content.decode()
    assert response.status_code == 403 and "kept on this page" in html
    assert press_again(client, html)().url == "/help/"
    planted = client.post("/language/", {"language": "planted"}, HTTP_ORIGIN="https://evil.example")
    assert planted.status_code == 403 and "planted" not in planted.content.decode()


# --- the database keeps somebody waiting ---


@pytest.fixture
def impatient(monkeypatch, transactional_db):
    """This test's connection as a web server's is, with shorter patience."""
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 2)
    database._limit(connection)
    yield
    connection.close()


@pytest.mark.postgresql
def test_a_locked_table_is_said_within_seconds(impatient, caplog):
    client = Client(raise_request_exception=False)
    settings = connection.settings_dict
    with psycopg2.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"]
    ) as other:
        other.cursor().execute("LOCK TABLE school_schoolsetting")
        began = time.monotonic()
        response = client.get("/help/")
        other.rollback()
    assert response.status_code == 503 and time.monotonic() - began < 3
    assert "waited too long" in caplog.text and "is away" not in caplog.text
    assert client.get("/help/").status_code == 200


@pytest.mark.postgresql
def test_an_endless_statement_ends(impatient):
    with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    assert caught.value.__cause__.pgcode in unavailable.WAITED_TOO_LONG


@pytest.mark.postgresql
def test_a_server_that_answers_nothing_is_given_up(monkeypatch, transactional_db):
    monkeypatch.setattr(database, "SILENT_SECONDS", 1)
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    database.extensions.set_wait_callback(database._wait_for_postgresql)
    try:
        with pytest.raises(OperationalError, match="does not answer"), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
    finally:
        database.extensions.set_wait_callback(None)
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])


# --- the cache ---


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        time.sleep(60)


class ReadOnly(socketserver.StreamRequestHandler):
    """Takes connections, and answers every command as a replica does."""

    def handle(self):
        while line := self.rfile.readline():
            words = [self.rfile.readline() and self.rfile.readline() for _ in range(int(line[1:]))]
            is_write = words[0].strip().upper() in (b"SET", b"INCRBY", b"PEXPIRE", b"DEL", b"FLUSHDB")
            self.wfile.write(b"-READONLY You can't write against a read only replica.\r\n" if is_write else b"$-1\r\n")


@pytest.fixture(params=["nobody listens", Silent, ReadOnly])
def broken_redis(request, settings):
    server = _Server(("127.0.0.1", 0), Silent if request.param == "nobody listens" else request.param)
    port = server.server_address[1]
    if request.param == "nobody listens":
        server.server_close()
    else:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CACHES = {
        "default": {"BACKEND": "portal.cache.OptionalRedisCache", "LOCATION": f"redis://127.0.0.1:{port}/0"}
    }
    yield
    if request.param != "nobody listens":
        server.shutdown()
        server.server_close()


def test_what_is_kept_in_the_cache_is_kept_in_memory_meanwhile(broken_redis, caplog):
    began = time.monotonic()
    assert cache.get_or_set("tries", 0, 60) == 0
    assert cache.incr("tries") == 1 and cache.get_many(["tries"]) == {"tries": 1}
    cache.delete("tries")
    assert cache.get("tries", "none") == "none" and time.monotonic() - began < 5
    assert sum("The cache is away" in record.getMessage() for record in caplog.records) == 1


def test_signing_in_waits_for_no_cache(broken_redis, db, client):
    make_sign_in(make_person("contact"), username="pat", password="right-password")
    began = time.monotonic()
    assert client.post("/sign-in/", {"username": "pat", "password": "wrong"}).status_code == 200
    assert client.post("/sign-in/", {"username": "pat", "password": "right-password"}).status_code == 302
    assert time.monotonic() - began < 15


def test_a_redis_that_answers_is_used(db):
    cache.set("who", "is asked", 10)
    assert cache.get("who") == "is asked"
