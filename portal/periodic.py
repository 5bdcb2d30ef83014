"""What the sweeper does again and again. Apps register functions in `sweeps.py`: `@every(seconds)`."""

import logging
import time

from django.db import close_old_connections

log = logging.getLogger(__name__)
_work = []


def every(seconds):
    """Run the function every so many seconds; any number of sweepers may run it at the same time."""

    def add(function):
        _work.append((seconds, function))
        return function

    return add


class Sweeper:
    def __init__(self):
        self._due = {function: 0.0 for _, function in _work}

    def run_due(self):
        """Run what is due. One function that fails is logged and does not stop the others."""
        close_old_connections()
        for seconds, function in _work:
            if time.monotonic() >= self._due[function]:
                self._due[function] = time.monotonic() + seconds
                try:
                    function()
                except Exception:
                    log.exception("The sweep %s failed", function.__qualname__)
