"""Every time of the sending protocol. `SENDING_TIME_SCALE` divides them, so that tests run the real code in seconds."""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from wechat_admin.wecom.transport import CALL_SECONDS


def _scaled(**duration: float) -> timedelta:
    return timedelta(**duration) / settings.SENDING_TIME_SCALE


def _each(unit: str, *numbers: float) -> tuple[timedelta, ...]:
    return tuple(_scaled(**{unit: number}) for number in numbers)


START_WITHIN = 5


@dataclass(frozen=True)
class Pace:
    # Later than this after the claim a call is not begun: it could outlive its lease.
    start_within: timedelta = _scaled(seconds=START_WITHIN)
    lease: timedelta = _scaled(seconds=START_WITHIN + CALL_SECONDS + 5)
    # As long after the first attempt that may have left, the very same bytes may go again. WeCom remembers for 4 h.
    replay_window: timedelta = _scaled(hours=3)
    # As long after an attempt, the same bytes in another batch would be swallowed by WeCom.
    same_text_window: timedelta = _scaled(hours=5)
    unknown_backoff: tuple[timedelta, ...] = _each("minutes", 0.5, 1, 2, 5, 10, 15, 30)
    # After a cut connection or a gateway's answer.
    soon_backoff: tuple[timedelta, ...] = (*_each("seconds", 5, 10), *_each("minutes", 0.5, 1, 2, 5, 10, 15, 30))
    not_sent_backoff: tuple[timedelta, ...] = _each("seconds", 5, 15, 60, 120)
    crowded: timedelta = _scaled(seconds=0.2)
    sweep: timedelta = _scaled(seconds=5)
    # Between a pump's looks at what else there is: other workers, messages to freeze.
    look: timedelta = _scaled(seconds=1)
    pump: timedelta = _scaled(seconds=30)

    def undo(self, seconds: float) -> timedelta:
        """How long Send can be undone."""
        return _scaled(seconds=seconds)


PACE = Pace()


def nth(backoff: tuple[timedelta, ...], attempts: int) -> timedelta:
    """The wait after so many attempts; the last one for all that follow."""
    return backoff[min(max(attempts, 1), len(backoff)) - 1]


def spread(wait: timedelta) -> timedelta:
    """About as long: those who were refused together must not come back together."""
    return wait * random.uniform(0.5, 1.5)
