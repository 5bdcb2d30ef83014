"""Errors of the client, named for what the caller can do.

WeComError
├── WeComUnavailable      we cannot know, or it is down: network, timeout, bad gateway, -1
│   └── WeComUnreachable  as above, but the request surely never left: no connection, no token
│       └── TokenBusy     another process is fetching the token at this moment
├── WeComRateLimited      stop until the window has passed: 45009, 45033, HTTP 429
├── WeComMisconfigured    tell the administrator what to change: 40001, 60020, 48002, 301002
├── RecipientInvalid      skip these people: 81013, 60111
└── WeComRejected         our request is wrong: everything else

None of them carries an address, a token, a secret or a request body.
"""

from .codes import Action, meaning


class WeComError(Exception):
    """`code` is WeCom's errcode, or None where there was no answer to read; `call` the API call ("message/send").

    `http_status` is None where no response came; `hint` is WeCom's trace id; `from_ip` our address as WeCom saw it.
    """

    def __init__(self, call, code=None, *, reason="", http_status=None, hint="", from_ip="", answer=None):
        self.call, self.code, self.reason = call, code, reason
        self.http_status, self.hint, self.from_ip = http_status, hint, from_ip
        self.answer = answer or {}
        super().__init__(f"{call}: {reason or meaning(code).sentence}" + (f" ({code})" if code is not None else ""))


class WeComUnavailable(WeComError):
    pass


class WeComUnreachable(WeComUnavailable):
    pass


class TokenBusy(WeComUnreachable):
    pass


class WeComRateLimited(WeComError):
    pass


class WeComMisconfigured(WeComError):
    pass


class RecipientInvalid(WeComError):
    pass


class WeComRejected(WeComError):
    pass


_CLASSES = {
    Action.RETRY: WeComUnavailable,
    Action.RATE_LIMITED: WeComRateLimited,
    Action.CONFIGURATION: WeComMisconfigured,
    # The client repeats once with a new token; a second refusal is for a person.
    Action.REFRESH_TOKEN: WeComMisconfigured,
    Action.RECIPIENT: RecipientInvalid,
    Action.PERMANENT: WeComRejected,
}


def error_for(code):
    """The class of error that an errcode is."""
    return _CLASSES[meaning(code).action]
