"""Errors of the client, named for what the caller can do; which code is which follows from the table (codes.py).

WeComError
├── WeComUnavailable      we cannot know, or it is down: network, timeout, bad gateway, busy
│   ├── WeComUnreadable   something answered, and it cannot be read
│   └── WeComUnreachable  the request surely never left: no connection
│       ├── NoToken       whatever became of the call for the token, the call itself was not made
│       │   └── TokenBusy another process is fetching the token at this moment
│       └── TokenEnded    the token was refused, and another one may help
├── WeComRateLimited      stop until the window has passed
├── WeComMisconfigured    tell the administrator what to change: a secret, an id, the trusted address
│   └── TokenRefused      the client has tried a new token already, or the sender does; after that it is for a person
├── RecipientInvalid      skip these people: out of range, unknown, not following
└── WeComRejected         our request is wrong: everything else

None of them carries an address, a token, a secret or a request body.
"""

from .codes import Action, Blame, Course, blamed, meaning
from .faults import Fault

PASSING = frozenset({Fault.BROKEN_OFF, Fault.SERVER})  # what may be over in seconds


class WeComError(Exception):
    """`code` is WeCom's errcode, or None where there was no answer to read; `call` the API call ("message/send").

    `fault` is what is wrong where there is no code; `http_status` is None where no response came; `hint` is WeCom's trace id; `from_ip` our address as WeCom saw it.
    """

    # What a sender of messages does where there is no code to ask the table about, and what is wrong then.
    course_without_code = Course.REPEAT
    usual_fault = Fault.BROKEN_OFF

    def __init__(
        self,
        call: str,
        code: int | None = None,
        *,
        reason: str = "",
        fault: Fault | None = None,
        http_status: int | None = None,
        hint: str = "",
        from_ip: str = "",
    ) -> None:
        self.call, self.code, self.reason = call, code, reason
        self.fault = None if code is not None else fault or self.usual_fault
        self.http_status, self.hint, self.from_ip = http_status, hint, from_ip
        super().__init__(f"{call}: {reason or meaning(code).sentence}" + (f" ({code})" if code is not None else ""))

    @property
    def blame(self) -> Blame | None:
        """What the code blames, or None without one."""
        return blamed(self.code, self.call) if self.code is not None else None

    @property
    def course(self) -> Course:
        """What a sender of messages does about it."""
        return self.blame.course if self.blame else self.course_without_code


class WeComUnavailable(WeComError):
    @property
    def course(self) -> Course:
        is_soon_over = self.code is None and self.fault in PASSING and self.course_without_code is Course.REPEAT
        return Course.REPEAT_SOON if is_soon_over else super().course


class WeComUnreadable(WeComUnavailable):
    usual_fault = Fault.UNREADABLE


class WeComUnreachable(WeComUnavailable):
    course_without_code = Course.LATER
    usual_fault = Fault.NO_CONNECTION


class NoToken(WeComUnreachable):
    course = Course.LATER


class TokenBusy(NoToken):
    usual_fault = Fault.BUSY


class TokenEnded(WeComUnreachable):
    pass


class WeComRateLimited(WeComError):
    course_without_code = Course.WAIT
    usual_fault = Fault.LIMITED


class WeComMisconfigured(WeComError):
    code: int  # without one nobody says that something must be changed


class TokenRefused(WeComMisconfigured):
    pass


class RecipientInvalid(WeComError):
    pass


class WeComRejected(WeComError):
    pass


_CLASSES: dict[Action, type[WeComError]] = {
    Action.RETRY: WeComUnavailable,
    Action.RATE_LIMITED: WeComRateLimited,
    Action.CONFIGURATION: WeComMisconfigured,
    Action.REFRESH_TOKEN: TokenRefused,
    Action.RECIPIENT: RecipientInvalid,
    Action.PERMANENT: WeComRejected,
}


def error_for(call: str, code: int, *, http_status: int | None = None, hint: str = "", from_ip: str = "") -> WeComError:
    """The error that an errcode of `call` is."""
    kind = _CLASSES[blamed(code, call).action]
    return kind(call, code, http_status=http_status, hint=hint, from_ip=from_ip)
