"""One line in the log for each request, and a name by which every line that it caused is found, in workers too.

Neither names nor texts: of an address its pattern with the numbers in it (no letters' codes, no query), of who asked a key.
"""

import logging
import re
import secrets
import time
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

from .logs import facts

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_name: ContextVar[str] = ContextVar("request", default="")
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def name():
    """Of the request for which we work, here or on behalf of the process that rang; "" where nobody asked."""
    return _name.get()


def go_on(request):
    """A worker begins what this request ("": none) has rung for."""
    _name.set(request)


@contextmanager
def named(request):
    before = _name.set(request)
    try:
        yield
    finally:
        _name.reset(before)


class NamesItsLines(logging.Filter):
    def filter(self, record):
        record.request_name = name()
        return True


class _Queries:
    number = 0

    def __call__(self, execute, *arguments):
        self.number += 1
        return execute(*arguments)


def one_line_each(get_response):
    """Behind the static files, before everything that asks the database."""

    def middleware(request):
        began, queries = time.monotonic(), _Queries()
        with named(secrets.token_hex(6)), connection.execute_wrapper(queries):
            response = get_response(request)
            response.headers[HEADER] = name()
            facts(
                log,
                "Answered",
                method=request.method,
                page=_page(request),
                status=response.status_code,
                ms=round(1000 * (time.monotonic() - began)),
                queries=queries.number,
                **_who(request),
            )
        return response

    return middleware


def _page(request):
    """The pattern of the address with the numbers in it; whatever else stands in an address may be a secret."""
    match = request.resolver_match
    if match is None:
        return "none"
    numbers = {key: value for key, value in match.kwargs.items() if isinstance(value, int)}
    return "/" + _ARGUMENT.sub(lambda found: str(numbers.get(found[1], "…")), match.route)


def _who(request):
    """Keys of who is signed in, and of who looks on as them; nobody is looked up for it."""
    if getattr(request, "real_user", None):
        return {"user": request.user.pk, "impersonated_by": request.real_user.pk}
    key = getattr(getattr(request, "_cached_user", None), "pk", None)
    return {"user": key} if key else {}
