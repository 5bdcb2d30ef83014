"""Calls over plain keep-alive connections, for the path that sends: `requests` takes 2 ms of processor a call, this 0.2.

As the wrapper beside it (transport.py) it ends a call in time and raises errors that carry no address. One thread
watches over all calls of a process and cuts those that have had their time; a timer a call would cost as much as the call.
"""

import contextlib
import http.client
import io
import re
import select
import socket
import ssl
import threading
import time
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import certifi

from .answers import Answer
from .errors import WeComUnavailable, WeComUnreachable, WeComUnreadable
from .faults import Fault
from .transport import CALL_SECONDS, CONNECT_SECONDS, JSON, LARGEST_ANSWER, Query, parse

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class LeanTransport:
    """One API host, spoken to directly. May be shared by threads: each call takes a connection of its own."""

    def __init__(self, base: str, *, call_seconds: float = CALL_SECONDS) -> None:
        self.base = base
        self.call_seconds = call_seconds
        parts = urlsplit(base)
        self._host, self._port = parts.hostname or "", parts.port
        self._headers = f"Host: {parts.netloc.rpartition('@')[2]}\r\nAccept-Encoding: identity\r\n"
        # The same authorities as `requests` trusts.
        self._tls = ssl.create_default_context(cafile=certifi.where()) if parts.scheme == "https" else None
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._watch = _Watch()

    def call(
        self, method: str, call: str, params: Query, body: bytes | None = None, content_type: str = JSON
    ) -> tuple[int, Answer]:
        """As `Transport.call`."""
        deadline = time.monotonic() + self.call_seconds
        connection = self._connection(call)
        try:
            self._watch.begin(deadline, connection.sock)
            connection.sock.sendall(self._request(method, call, params, body, content_type))
            status, data, is_kept = _read(connection.sock, method)
        except (http.client.HTTPException, OSError, ValueError) as exception:
            connection.close()
            is_late = isinstance(exception, TimeoutError) or time.monotonic() >= deadline
            fault = Fault.SILENT if is_late else Fault.BROKEN_OFF
            raise WeComUnavailable(call, reason=f"no answer ({type(exception).__name__})", fault=fault) from None
        finally:
            self._watch.end()
        if is_kept:
            self._idle.append(connection)
        else:
            connection.close()
        if len(data) > LARGEST_ANSWER:
            raise WeComUnreadable(call, reason="an answer that is too long")
        return status, parse(call, status, data)

    def _request(self, method: str, call: str, params: Query, body: bytes | None, content_type: str) -> bytes:
        """All of it in one piece: `http.client` sends the body for itself, which costs both sides as much again."""
        head = _first_line(method, call, *params.items()) + self._headers
        if body is not None:
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode("ascii") + (body or b"")

    def _connection(self, call: str) -> http.client.HTTPConnection:
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread was quicker
                connection = self._idle.pop()
                if not _was_dropped(connection.sock):
                    return connection
                connection.close()
        return self._connect(call)

    def _new_connection(self) -> http.client.HTTPConnection:
        if self._tls:
            return http.client.HTTPSConnection(self._host, self._port, timeout=CONNECT_SECONDS, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)

    def _connect(self, call: str) -> http.client.HTTPConnection:
        """Whatever goes wrong here, the request has not left."""
        connection = self._new_connection()
        try:
            connection.connect()
        except OSError as exception:
            connection.close()
            fault = next(fault for kind, fault in _NOT_CONNECTED if isinstance(exception, kind))
            raise WeComUnreachable(call, reason=f"no connection ({type(exception).__name__})", fault=fault) from None
        connection.sock.settimeout(self.call_seconds)
        return connection


_NOT_CONNECTED = [
    (ssl.SSLCertVerificationError, Fault.CERTIFICATE),
    (ssl.SSLError, Fault.ENCRYPTION),
    (socket.gaierror, Fault.NO_NAME),
    (OSError, Fault.NO_CONNECTION),
]


@lru_cache(maxsize=16)
def _first_line(method: str, call: str, *params: tuple[str, str | int]) -> str:
    return f"{method} /cgi-bin/{call}?{urlencode(params)} HTTP/1.1\r\n"


# --- reading an answer ---

PIECE, LONGEST_HEAD = 65536, 65536
_STATUS = re.compile(rb"http/1\.1 ([2-5]\d\d) ")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r")
# What says otherwise than that so many bytes follow, and another answer after them.
_UNUSUAL = re.compile(rb"\r\ntransfer-encoding:|\r\nconnection:(?![ \t]*keep-alive[ \t]*\r)")


def _read(sock: socket.socket, method: str) -> tuple[int, bytes, bool]:
    """(status, bytes, whether the connection may be kept). `http.client` reads a head as if it were a letter, which
    takes longer than the whole call: it is left what is unusual. Of what is too long one byte too many is read."""
    received = sock.recv(PIECE)
    while (end := received.find(b"\r\n\r\n") + 4) < 4 and len(received) < LONGEST_HEAD and (more := sock.recv(PIECE)):
        received += more
    head = received[:end].lower()
    status, lengths = _STATUS.match(head), _LENGTH.findall(head)
    if end < 4 or not status or len(lengths) != 1 or _UNUSUAL.search(head) or status[1] in (b"204", b"304"):
        return _read_anything(_Received(received, sock), method)
    length = int(lengths[0])
    wanted = end + min(length, LARGEST_ANSWER + 1)
    while len(received) < wanted:
        if not (more := sock.recv(PIECE)):
            raise http.client.IncompleteRead(received[end:], wanted - len(received))
        received += more
    return int(status[1]), received[end:wanted], len(received) == end + length


def _read_anything(received: "_Received", method: str) -> tuple[int, bytes, bool]:
    response = http.client.HTTPResponse(received, method=method)  # type: ignore[arg-type] # it asks for makefile() alone
    with contextlib.closing(response):
        response.begin()
        data = response.read(LARGEST_ANSWER + 1)
        return response.status, data, response.isclosed() and not response.will_close


class _Received(io.RawIOBase):
    """What has come of an answer and then what comes, as `http.client` reads from a socket."""

    def __init__(self, received: bytes, sock: socket.socket) -> None:
        self._received, self._sock = received, sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if not self._received:
            return self._sock.recv_into(buffer)
        room = memoryview(buffer)
        first, self._received = self._received[: len(room)], self._received[len(room) :]
        room[: len(first)] = first
        return len(first)


def _was_dropped(sock: socket.socket | None) -> bool:
    """An idle connection on which something can be read has been closed by the other side."""
    if sock is None:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class _Watch:
    """Cuts what is late. The socket's own timeout is per read: a server that drips would hold a call for ever."""

    EVERY = 0.2

    def __init__(self) -> None:
        self._calls: dict[int, tuple[float, socket.socket]] = {}  # thread → (deadline, socket)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, deadline: float, sock: socket.socket) -> None:
        if self._thread is None:
            self._start()
        self._calls[threading.get_ident()] = (deadline, sock)

    def end(self) -> None:
        self._calls.pop(threading.get_ident(), None)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_again_and_again, name="watching-calls", daemon=True)
                self._thread.start()

    def _look_again_and_again(self) -> None:
        while True:
            time.sleep(self.EVERY)
            now = time.monotonic()
            for deadline, sock in list(self._calls.values()):
                if now > deadline:
                    with contextlib.suppress(OSError):
                        sock.shutdown(socket.SHUT_RDWR)
