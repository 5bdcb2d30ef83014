"""What the sweeper does again and again. Apps register functions in `sweeps.py`: `@every(seconds)`."""

import logging
import time
from collections.abc import Callable

from django.db import Error, connection

from . import database
from .health.beats import beat
from .health.models import Beat

log = logging.getLogger(__name__)
LONGEST_PAUSE = 60
_work: list[tuple[int, Callable]] = []


def every(seconds):
    """Run the function every so many seconds; any number of sweepers may run it at the same time."""

    def add(function):
        _work.append((seconds, function))
        return function

    return add


class Sweeper:
    def __init__(self):
        self._due = {function: 0.0 for _, function in _work}
        self._pauses = {}  # function that failed → how long it is left alone

    def run_due(self):
        """Run what is due, and say that we live where nothing fails. Returns whether there was anything to look at."""
        database.begin_round()
        if not self._database_answers():
            return False
        for seconds, function in _work:
            if time.monotonic() >= self._due[function]:
                self._due[function] = time.monotonic() + self._run(function, seconds)
            if database.server.pause:  # it went away in the middle of the round
                return False
        if not self._pauses:
            beat(Beat.Process.SWEEPER)
        return True

    def _database_answers(self):
        if database.server.is_left_alone:
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error as error:
            database.server.failed(database.in_a_line(error))
            return False
        database.server.answered()
        return True

    def _run(self, function, seconds):
        """In how many seconds it is due again. One function that fails does not stop the others."""
        try:
            function()
        except Exception as error:
            if isinstance(error, Error) and not database.answers():
                return 0
            return self._pause_after(function, error)
        self._pauses.pop(function, None)
        return seconds

    def _pause_after(self, function, error):
        if function not in self._pauses:
            log.error("The sweep %s failed", function.__qualname__, exc_info=error)
        self._pauses[function] = pause = min(2 * self._pauses.get(function, 1), LONGEST_PAUSE)
        log.error("The sweep %s is tried again in %d s", function.__qualname__, pause)
        return pause
