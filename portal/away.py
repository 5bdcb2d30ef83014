"""A service that may be away: one line in the log, a pause that doubles, one line when it answers again."""

import logging
import time

log = logging.getLogger(__name__)


class Service:
    """`name` as the log calls it; while it is away it is asked again after 1, 2, 4 … seconds, `longest` at most."""

    def __init__(self, name, longest=8):
        self.name, self.longest = name, longest
        self.pause = 0  # 0: it is not away
        self._away_since = self._ask_again = 0.0

    @property
    def is_left_alone(self):
        """Whether it failed so lately that asking again would only wait."""
        return self.pause > 0 and time.monotonic() < self._ask_again

    @property
    def away_for(self):
        """Seconds since it does not answer; 0 where it does, as far as this process knows."""
        return time.monotonic() - self._away_since if self.pause else 0

    def answered(self):
        if self.pause:
            log.warning("%s answers again after %d s.", self.name, time.monotonic() - self._away_since)
        self.pause = 0

    def failed(self, error):
        now = time.monotonic()
        if not self.pause:
            self._away_since = now
            log.error("%s is away: %s. It is asked again after pauses of up to %d s.", self.name, error, self.longest)
        self.pause = min(2 * self.pause or 1, self.longest)
        self._ask_again = now + self.pause
