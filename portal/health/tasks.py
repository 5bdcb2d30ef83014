"""The worker's beat: a task like any other, so that it says what a task needs: broker, thread and database work."""

import threading
import time

from celery import shared_task
from celery.signals import task_failure, task_success, worker_ready, worker_shutdown
from django.db import Error

from portal import database
from portal.alive import touch
from portal.doorbell import ring_at_once

from . import operator, outside
from .beats import be_here, beat, stopped
from .models import EVERY, Beat

BEAT = "portal.health.tasks.beat_of_worker"
# So often in a row within a minute, and the worker's rounds count as failing.
FAILS_AFTER = 3
_failures: dict[str, tuple[int, float]] = {}  # task → (how often in a row, when last)
_ends = threading.Event()


@shared_task
def beat_of_worker():
    if _rounds_fail():
        return
    try:
        be_here(Beat.Process.WORKER)  # one that comes back must not look as if the others had counted it all the time
        beat(Beat.Process.WORKER)
    except Error as error:
        database.server.failed(database.in_a_line(error))
    else:
        touch("worker")
        _look_in_place_of_the_sweeper()


@shared_task
def look_from_outside():
    outside.look()


def _look_in_place_of_the_sweeper():
    """Else nobody would be told that the sweeper is silent."""
    sweeper = Beat.objects.heard().get(Beat.Process.SWEEPER)
    if sweeper is None or not sweeper.is_lately:
        operator.look()


def _rounds_fail():
    return any(times >= FAILS_AFTER and time.monotonic() - last < 60 for times, last in _failures.values())


@task_failure.connect
def count_failure(sender, **kwargs):
    times, _ = _failures.get(sender.name, (0, 0.0))
    _failures[sender.name] = (times + 1, time.monotonic())


@task_success.connect
def forget_failures(sender, **kwargs):
    _failures.pop(sender.name, None)


@worker_ready.connect
def ring_for_a_beat_again_and_again(**kwargs):
    """By the worker itself: a sweeper that is stopped must not make it look silent."""

    def ring_until_the_end():
        while not _ends.is_set():
            ring_at_once(BEAT)
            _ends.wait(EVERY.total_seconds())

    threading.Thread(target=ring_until_the_end, name="beats", daemon=True).start()


@worker_shutdown.connect
def take_the_row_away(**kwargs):
    _ends.set()
    stopped(Beat.Process.WORKER)
