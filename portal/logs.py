"""Keeps tokens and secrets out of the logs, whoever wrote the line, and says once what would be said a thousand times.

Two formats: lines for people, and JSON (LOG_FORMAT=json) for what collects them. Times are the school's, with their offset.
"""

import json
import logging
import re
from datetime import datetime

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


def facts(log, sentence, **values):
    """A line with values: behind the sentence for people, each under its own name in JSON."""
    words = " ".join(f"{name}={value}" for name, value in values.items())
    log.info("%s: %s", sentence, words, extra={"sentence": sentence, "facts": values})


class Lines(logging.Formatter):
    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(request)s", "%Y-%m-%d %H:%M:%S%z")

    def formatMessage(self, record):
        asked = getattr(record, "request_name", "")
        record.request = f" [{asked}]" if asked else ""
        return super().formatMessage(record)


class JsonLines(logging.Formatter):
    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": getattr(record, "sentence", None) or record.getMessage(),
        }
        if asked := getattr(record, "request_name", ""):
            line["request"] = asked
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
