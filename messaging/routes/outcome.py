"""What a call came to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`means` speaks of the batch; the rest is what has to be done about everything else that waits."""

    means: str
    errcode: int | None = None
    http_status: int | None = None
    soon: bool = False  # what went wrong may be over in seconds
    hold: bool = False
    wait: bool = False  # the limit of calls is reached
    crowded: bool = False  # too many calls at once
    token: bool = False
    media: bool = False
    nobody: bool = False  # none of these people can be reached
    pause: str = ""

    @property
    def code(self) -> int:
        """WeCom's own, where it answered with one."""
        if self.errcode is None:
            raise TypeError("There was no code.")
        return self.errcode


OK, NOT_SENT, NOT_STARTED, UNKNOWN, REFUSED = "ok", "not_sent", "not_started", "unknown", "refused"
