"""The simulator's own clock: what is to happen in four hours, a test has happen now.

Everything that passes here passes by it: tokens, the duplicate memory, files, limits and blocks.
"""

import time
from datetime import datetime, timedelta, timezone

from .models import Setting

BEIJING = timezone(timedelta(hours=8))
MINUTE, HOUR, DAY = 60, 3600, 86400


def now():
    """Seconds since 1970, as this clock shows them."""
    hands = Setting.all()["clock"]
    if not hands:
        return time.time()
    return hands["shown"] + (time.time() - hands["real"]) * hands["speed"]


def move(seconds):
    _set(now() + seconds, (Setting.all()["clock"] or {"speed": 1})["speed"])


def run_at(speed):
    """So many times as fast as the world, as a portal with SENDING_TIME_SCALE runs."""
    _set(now(), speed)


def _set(shown, speed):
    Setting.set("clock", {"real": time.time(), "shown": shown, "speed": speed})


def midnight():
    """When the natural day began in Beijing."""
    today = datetime.fromtimestamp(now(), BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return today.timestamp()
