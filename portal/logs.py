"""Keeps tokens and secrets out of the logs, whoever wrote the line, and says once what would be said a thousand times."""

import logging
import re

_SECRET = re.compile(r"((?:access_token|corpsecret|secret|token|password)=)[^&\s\"']+", re.IGNORECASE)


class Redact(logging.Filter):
    def filter(self, record):
        message = record.getMessage()
        redacted = _SECRET.sub(r"\1…", message)
        if redacted != message:
            record.msg, record.args = redacted, ()
        if record.exc_info:
            record.exc_text = _SECRET.sub(r"\1…", logging.Formatter().formatException(record.exc_info))
        return True


class Unavailable(logging.Filter):
    """Every answer 503 would be a line. Whoever found out what is away has said so once."""

    def filter(self, record):
        return getattr(record, "status_code", None) != 503


class Refusals(logging.Filter):
    """A request that was refused is a line: a traceback would say where Django refuses, which is no news."""

    def filter(self, record):
        is_refused = record.name.startswith("django.security") or record.levelno < logging.ERROR
        if record.name.startswith("django.") and is_refused:
            record.exc_info = record.exc_text = None
        return True
