"""Limits before anything is read, and half-sent requests that hold nobody up."""

import os
import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.urls import reverse
from waitress.adjustments import Adjustments
from waitress.utilities import RequestEntityTooLarge

from conftest import free_port
from portal import processes
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from portal.request_sizes import LONG_FORM, WITH_FILES
from portal.serving import Busy, Channel, Request
from wechat_admin.demo import make_account

KB, MB = 1024, 1024 * 1024


class Unread:
    """A body that must not be looked at."""

    def read(self, *args):
        pytest.fail("something was read")

    readline = read


def post(client, name, size, content_type="application/x-www-form-urlencoded"):
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(size)}
    return client.post(reverse(name), content_type=content_type, **body)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["forgotten", "language", "theme", "wechat-callback", "registration:any-case"])
def test_nobody_posts_more_than_a_short_form(client, name):
    make_account()
    assert post(client, name, 64 * KB + 1).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sign-in", "messaging:new", "school-settings", "wechat-administration"])
def test_who_is_not_signed_in_posts_no_more_than_a_long_form(client, name):
    assert post(client, name, MB + 1, "multipart/form-data; boundary=x").status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "most"), [("messaging:new", 25 * MB), ("wechat-administration", 25 * MB), ("people", MB), ("profiles", MB)]
)
def test_who_is_signed_in_posts_files_where_files_are_taken(client, name, most):
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write"]))
    refused = post(client, name, most + 1, "multipart/form-data; boundary=x")
    assert refused.status_code == 413 and "This is more than this page takes" in refused.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["-1", "1e9", "9" * 30, "x"])
def test_a_length_that_is_none_is_refused(client, length):
    assert post(client, "sign-in", length).status_code == 413


@pytest.mark.django_db
def test_what_is_within_the_limits_is_read():
    assert Client().post(reverse("sign-in"), {"username": "x" * 60 * KB, "password": "y"}).status_code == 200


@pytest.fixture
def web():
    port = free_port()
    process = subprocess.Popen(processes.web(port), env=os.environ, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not processes.answers(f"http://127.0.0.1:{port}/healthz"):
            assert process.poll() is None and time.monotonic() < until, "the web server does not start"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def test_half_sent_requests_hold_nobody_up(web):
    halves = [
        b"GET /healthz HTTP/1.1\r\nHost: testserver\r\n",
        b"POST /sign-in/ HTTP/1.1\r\nHost: testserver\r\nContent-Length: 1000\r\n\r\nusername=",
    ]
    with ExitStack() as open_ones:
        for number in range(60):
            half = open_ones.enter_context(socket.create_connection(("127.0.0.1", web)))
            half.sendall(halves[number % 2])
        started = time.monotonic()
        for _ in range(5):
            assert requests.get(f"http://127.0.0.1:{web}/healthz", timeout=5).text.startswith("ok")
        assert time.monotonic() - started < 2


def is_ended(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1000) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /healthz HTTP/1.1\r\nHost: testserver\r\nX-Drops: ",
        b"POST /sign-in/ HTTP/1.1\r\nHost: testserver\r\nContent-Length: 60000\r\n\r\nusername=",
    ],
)
def test_what_comes_by_drops_is_not_waited_for(web, begun):
    with socket.create_connection(("127.0.0.1", web)) as drops:
        drops.sendall(begun)
        started = time.monotonic()
        while not is_ended(drops):
            assert time.monotonic() - started < 45, "drop by drop it is kept open for ever"
            time.sleep(0.5)
            with suppress(OSError):
                drops.send(b"x")


@pytest.mark.parametrize(("seconds", "taken", "is_ended"), [(19, 10, False), (21, 10, True), (300, 6 * MB, False)])
def test_a_slow_line_is_waited_for(seconds, taken, is_ended):
    channel = Channel.__new__(Channel)
    channel.began, channel.taken = 1000.0, taken
    assert channel.comes_by_drops(1000.0 + seconds) == is_ended
    channel.began = None
    assert not channel.comes_by_drops(1e9)


def head(length="", cookie="", more=""):
    lines = ["POST /sign-in/ HTTP/1.1", "Host: testserver"]
    lines += [f"Content-Length: {length}"] * bool(length) + [f"Cookie: {cookie}"] * bool(cookie) + [more] * bool(more)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def judged(raw, together=0):
    """The request as it stands when its head is here, where all have announced so many bytes together."""
    request = Request(Adjustments(), SimpleNamespace(length_of_all=lambda: together))
    request.received(raw)
    return request


SESSION = f"theme=dark; {settings.SESSION_COOKIE_NAME}=x"


@pytest.mark.parametrize("cookie", ["", "theme=dark"])
@pytest.mark.parametrize("expects", ["", "Expect: 100-continue"])
def test_nobodys_long_body_is_refused_by_its_head(cookie, expects):
    request = judged(head(LONG_FORM + 1, cookie, expects))
    assert isinstance(request.error, RequestEntityTooLarge) and request.completed and not request.expect_continue
    assert judged(head(LONG_FORM, cookie)).error is None


def test_files_of_whoever_says_who_they_are_are_taken():
    assert judged(head(WITH_FILES, SESSION)).error is None
    assert isinstance(judged(head(WITH_FILES + 1, SESSION)).error, RequestEntityTooLarge)


def test_a_body_that_says_no_length_is_a_long_form_at_most():
    request = judged(head(cookie=SESSION, more="Transfer-Encoding: chunked"))
    request.received(b"%x\r\n" % (2 * MB) + b"x" * (LONG_FORM + 1))
    assert isinstance(request.error, RequestEntityTooLarge) and request.completed


def test_what_all_send_together_has_a_most():
    refused = judged(head(MB, SESSION, "Expect: 100-continue"), together=251 * MB)
    assert isinstance(refused.error, Busy) and refused.completed and not refused.expect_continue
    assert judged(head(64 * KB), together=251 * MB).error is None
    assert judged(head(MB), together=250 * MB).error is None


def test_bodies_that_are_announced_count_before_they_are_here(web):
    big = head(WITH_FILES, SESSION)
    with ExitStack() as open_ones:
        made_up = [open_ones.enter_context(socket.create_connection(("127.0.0.1", web), timeout=20)) for _ in range(11)]
        for sender in made_up[:-1]:
            sender.sendall(big)
        time.sleep(1)  # all ten are here
        made_up[-1].sendall(big)
        assert b" 503 " in made_up[-1].recv(1000).split(b"\r\n")[0]
        short = requests.post(f"http://127.0.0.1:{web}/healthz", data={"x": "x" * 60 * KB}, timeout=30)
        assert short.text.startswith("ok"), "short forms are taken meanwhile"


def test_a_hundred_megabytes_are_refused_by_their_length(web):
    with socket.create_connection(("127.0.0.1", web), timeout=5) as sender:
        sender.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: testserver\r\nContent-Length: 104857600\r\n\r\nx")
        assert b" 413 " in sender.recv(1000).split(b"\r\n")[0]
