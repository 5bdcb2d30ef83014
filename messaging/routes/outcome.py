"""What a call came to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """`kind` is the outcome; the rest is what has to be done about it besides."""

    kind: str
    errcode: int | None = None
    http_status: int | None = None
    hold: bool = False
    wait: bool = False
    token: bool = False
    media: bool = False
    pause: str = ""


OK, NOT_SENT, NOT_STARTED, UNKNOWN, REFUSED = "ok", "not_sent", "not_started", "unknown", "refused"
