"""The one wrapper around `requests`: a call that ends in time, and errors that carry no address.

The token and the secrets travel in the query, and `requests` repeats the query in its exceptions and its debug log,
so every exception is caught here and our own is raised `from None`.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from .answers import Answer, parsed, reading
from .errors import WeComRateLimited, WeComUnavailable, WeComUnreachable, WeComUnreadable
from .faults import Fault

CONNECT_SECONDS = 5
CALL_SECONDS = 20
LARGEST_ANSWER = 1_000_000
JSON = "application/json; charset=utf-8"

Query = Mapping[str, str | int]


class AnyTransport(Protocol):
    """What a client calls through: `Transport`, or the lean one of the path that sends."""

    def call(
        self, method: str, call: str, params: Query, body: bytes | None = None, content_type: str = JSON
    ) -> tuple[int, Answer]:
        """As `Transport.call`."""


# Whatever a call may end with instead of an answer.
_FAILURES = (requests.RequestException, HTTPError, OSError, ValueError)

# thread id → the connection its call runs on, for the timer that ends a call
_running: dict[int, HTTPConnection] = {}


class _Watched(HTTPConnection):
    def connect(self) -> None:
        _running[threading.get_ident()] = self
        super().connect()

    def request(self, *args: Any, **kwargs: Any) -> None:
        _running[threading.get_ident()] = self
        return super().request(*args, **kwargs)


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    _pools = {"http": _HTTPPool, "https": _HTTPSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _cut(thread: int) -> None:
    """End the call of `thread`. `requests`' timeout is per read: a server that drips would hold us for ever."""
    connection = _running.get(thread)
    sock = getattr(connection, "sock", None)
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


class Transport:
    """Calls one API host over keep-alive connections. May be shared by threads.

    `base` is scheme://host[:port]; `proxy` the address of a forward proxy or "": no other proxy is ever used.
    """

    def __init__(self, base: str, *, proxy: str = "", connections: int = 8, call_seconds: float = CALL_SECONDS) -> None:
        self.base = base
        self.call_seconds = call_seconds
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(pool_maxsize=connections, max_retries=0))

    def call(
        self, method: str, call: str, params: Query, body: bytes | None = None, content_type: str = JSON
    ) -> tuple[int, Answer]:
        """One call; returns (HTTP status, the JSON object of the answer).

        `call` is the path behind /cgi-bin/, `params` the query, `body` the exact bytes to post.
        Raises WeComUnreachable (surely never arrived), WeComUnavailable (may have arrived), WeComUnreadable of these
        where something answered, or WeComRateLimited.
        """
        thread, deadline = threading.get_ident(), time.monotonic() + self.call_seconds
        timer = threading.Timer(self.call_seconds, _cut, [thread])
        timer.daemon = True
        timer.start()
        try:
            status, data = self._exchange(method, call, params, body, content_type, deadline)
        except _FAILURES as exception:
            error = _error(call, exception)
            if error.fault is Fault.BROKEN_OFF and time.monotonic() >= deadline:
                error.fault = Fault.SILENT  # it was we who broke it off
            raise error from None
        finally:
            timer.cancel()
            _running.pop(thread, None)
        return status, parse(call, status, data)

    def date(self) -> str:
        """The `Date` header of the host's answer to a request that calls nothing, or "" where there is none.

        Raises as `call` does.
        """
        try:
            with self._session.get(
                f"{self.base}/", timeout=CONNECT_SECONDS, allow_redirects=False, stream=True
            ) as response:
                return response.headers.get("Date", "")
        except _FAILURES as exception:
            raise _error("/", exception) from None

    def _exchange(
        self, method: str, call: str, params: Query, body: bytes | None, content_type: str, deadline: float
    ) -> tuple[int, bytes]:
        response = self._session.request(
            method,
            f"{self.base}/cgi-bin/{call}",
            params=params,
            data=body,
            headers={"Content-Type": content_type} if body is not None else {},
            timeout=(CONNECT_SECONDS, self.call_seconds),
            allow_redirects=False,
            stream=True,
        )
        with response:
            data = b""
            for chunk in response.iter_content(65536):
                data += chunk
                if len(data) > LARGEST_ANSWER:
                    raise requests.exceptions.ContentDecodingError("the answer was too long")
                if time.monotonic() > deadline:
                    raise requests.Timeout("the answer was too slow")
            return response.status_code, data


# What each exception means, the first that fits it or one of its causes; and whether the request surely never left.
_MEANINGS: list[tuple[type[Exception], Fault, bool]] = [
    (ssl.SSLCertVerificationError, Fault.CERTIFICATE, True),
    (requests.exceptions.ProxyError, Fault.PROXY, True),
    (NameResolutionError, Fault.NO_NAME, True),
    (NewConnectionError, Fault.NO_CONNECTION, True),
    (requests.ConnectTimeout, Fault.NO_CONNECTION, True),
    (ssl.SSLError, Fault.ENCRYPTION, False),
    (requests.exceptions.ContentDecodingError, Fault.UNREADABLE, False),
    (requests.Timeout, Fault.SILENT, False),
]


def _error(call: str, exception: Exception) -> WeComUnavailable:
    """Our own error for what `requests` raised: it repeats neither address nor query."""
    name, causes = type(exception).__name__, list(_causes(exception))
    fitting = (meaning for meaning in _MEANINGS if any(isinstance(cause, meaning[0]) for cause in causes))
    _kind, fault, never_left = next(fitting, (None, Fault.BROKEN_OFF, False))
    if never_left:
        return WeComUnreachable(call, reason=f"no connection ({name})", fault=fault)
    if fault is Fault.UNREADABLE:
        return WeComUnreadable(call, reason=f"an answer that cannot be read ({name})")
    return WeComUnavailable(call, reason=f"no answer ({name})", fault=fault)


def _causes(exception: BaseException) -> Iterator[BaseException]:
    """The exception and whatever it was raised from or carries."""
    waiting: list[object] = [exception]
    seen: list[BaseException] = []
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
            yield cause


def parse(call: str, status: int, data: bytes) -> Answer:
    """The JSON object of an answer, or the error that it is."""
    if status == 429:
        raise WeComRateLimited(call, reason="HTTP 429", http_status=status)
    if status >= 500:
        raise WeComUnavailable(call, reason=f"HTTP {status}", fault=Fault.SERVER, http_status=status)
    with reading(call, status):
        answer = parsed(data)
    if 300 <= status < 400 or (status >= 400 and "errcode" not in answer):
        raise WeComUnreadable(call, reason=f"HTTP {status} without a readable answer", http_status=status)
    return answer
