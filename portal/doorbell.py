"""Ring a worker. The database is the truth; a Celery message only says "look now", so a lost one costs a sweep's wait."""

import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction

from . import one_request
from .away import Service
from .celery import app

# A doorbell nobody answered is repeated by the sweep: an old one need not pile up.
EXPIRES = 10
_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}
broker = Service("The broker")
KEPT_FOR = 30  # seconds
_kept: deque = deque()  # (connection, process, when it was used), as many as threads have rung at once


def ring(task: str) -> None:
    """Have a worker run `task` (a dotted name, no arguments) once this transaction has committed."""

    def publish():  # a function with a name: Django's robust logging asks for one
        ring_at_once(task)

    transaction.on_commit(publish, robust=True)


def ring_in(task: str, seconds: float) -> None:
    """Have a worker run `task` after so many seconds. A lost one costs a sweep's wait, as any."""
    if not broker.is_left_alone:
        _try(lambda: _publish(task, countdown=seconds, expires=seconds + EXPIRES))


def ring_at_once(task: str) -> None:
    """The same without a transaction. Never raises for a broker that is down or silent; the sweep rings again.

    A second is waited at most, and none while the broker is known to be away.
    """
    if not broker.is_left_alone:
        _try(lambda: _publish(task))


def answers() -> bool:
    """Whether the broker takes doorbells: asked, not remembered, unless it failed a moment ago."""
    return not broker.is_left_alone and _try(_ask)


def _try(call: Callable[[], object]) -> bool:
    try:
        call()
    except Exception as error:  # whatever a transport raises: no caller can do anything about it
        broker.failed(f"{type(error).__name__} {error}")
        return False
    broker.answered()
    return True


@contextmanager
def _connected():
    """A connection to the broker, kept for the next ring: to make one takes eight times as long as to ring.

    Of one that was silent for long nobody knows whether something between has forgotten it.
    """
    connection = _kept_one() or _new_one()
    try:
        yield connection
    except BaseException:
        connection.release()
        raise
    _kept.append((connection, os.getpid(), time.monotonic()))


def _kept_one():
    while _kept:
        connection, pid, used_at = _kept.pop()
        if pid == os.getpid() and time.monotonic() - used_at < KEPT_FOR:
            return connection
        connection.release()
    return None


def _new_one():
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    if not settings.SMALL_BROKER:
        options = options | _PATIENCE
    return app.connection_for_write(connect_timeout=1, transport_options=options)


def _publish(task, expires=EXPIRES, **when):
    with _connected() as connection:
        headers = {one_request.HEADER: one_request.name()}
        app.send_task(task, connection=connection, expires=expires, retry=False, headers=headers, **when)


def _ask():
    if settings.SMALL_BROKER:
        folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]))
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} cannot be written")
        return
    with _connected() as connection:
        # Written, not only asked: a broker that is read-only takes no doorbell.
        connection.default_channel.client.set(f"{settings.CELERY_TASK_DEFAULT_QUEUE}-asked", 1, ex=60)
