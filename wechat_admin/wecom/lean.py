"""Calls over plain keep-alive connections, for the path that sends: `requests` takes 2 ms of processor a call, this 0.2.

As the wrapper beside it (transport.py) it ends a call in time and raises errors that carry no address. One thread
watches over all calls of a process and cuts those that have had their time; a timer a call would cost as much as the call.
"""

import contextlib
import http.client
import select
import socket
import ssl
import threading
import time
from collections import deque
from urllib.parse import urlencode, urlsplit

import certifi

from .errors import WeComUnavailable, WeComUnreachable, WeComUnreadable
from .faults import Fault
from .transport import CALL_SECONDS, CONNECT_SECONDS, JSON, LARGEST_ANSWER, parse


class LeanTransport:
    """One API host, spoken to directly. May be shared by threads: each call takes a connection of its own."""

    def __init__(self, base, *, call_seconds=CALL_SECONDS):
        self.base = base
        self.call_seconds = call_seconds
        parts = urlsplit(base)
        self._host, self._port = parts.hostname, parts.port
        # The same authorities as `requests` trusts.
        self._tls = ssl.create_default_context(cafile=certifi.where()) if parts.scheme == "https" else None
        self._idle: deque[http.client.HTTPConnection] = deque()
        self._watch = _Watch()

    def call(self, method, call, params, body=None, content_type=JSON):
        """As `Transport.call`."""
        deadline = time.monotonic() + self.call_seconds
        connection = self._connection(call)
        try:
            with self._watch.until(deadline, connection.sock):
                headers = {"Content-Type": content_type} if body is not None else {}
                connection.request(method, f"/cgi-bin/{call}?{urlencode(params)}", body, headers)
                response = connection.getresponse()
                data = response.read(LARGEST_ANSWER + 1)
        except (http.client.HTTPException, OSError, ValueError) as exception:
            connection.close()
            is_late = isinstance(exception, TimeoutError) or time.monotonic() >= deadline
            fault = Fault.SILENT if is_late else Fault.BROKEN_OFF
            raise WeComUnavailable(call, reason=f"no answer ({type(exception).__name__})", fault=fault) from None
        if len(data) > LARGEST_ANSWER:
            connection.close()
            raise WeComUnreadable(call, reason="an answer that is too long")
        if response.will_close or not response.isclosed():
            connection.close()
        else:
            self._idle.append(connection)
        return response.status, parse(call, response.status, data)

    def _connection(self, call):
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread was quicker
                connection = self._idle.pop()
                if not _was_dropped(connection.sock):
                    return connection
                connection.close()
        return self._connect(call)

    def _connect(self, call):
        """Whatever goes wrong here, the request has not left."""
        if self._tls:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=CONNECT_SECONDS, context=self._tls)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
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


def _was_dropped(sock):
    """An idle connection on which something can be read has been closed by the other side."""
    if sock is None:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class _Watch:
    """Cuts what is late. The socket's own timeout is per read: a server that drips would hold a call for ever."""

    EVERY = 0.2

    def __init__(self):
        self._calls: dict[int, tuple[float, socket.socket]] = {}  # thread → (deadline, socket)
        self._starting = threading.Lock()
        self._thread = None

    @contextlib.contextmanager
    def until(self, deadline, sock):
        if self._thread is None:
            self._start()
        thread = threading.get_ident()
        self._calls[thread] = (deadline, sock)
        try:
            yield
        finally:
            self._calls.pop(thread, None)

    def _start(self):
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_again_and_again, name="watching-calls", daemon=True)
                self._thread.start()

    def _look_again_and_again(self):
        while True:
            time.sleep(self.EVERY)
            now = time.monotonic()
            for deadline, sock in list(self._calls.values()):
                if now > deadline:
                    with contextlib.suppress(OSError):
                        sock.shutdown(socket.SHUT_RDWR)
