"""Reading WeCom's answers. Whatever has another shape than the manual's is one error, WeComUnreadable."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import WeComUnreadable

# An answer before it is read: it may hold anything. What becomes of it, each function here says.
Answer = dict[str, Any]

LONGEST_USERID = 64
LONGEST_MSGID = 100
LONGEST_MEDIA_ID = 300
LONGEST_NAME = 200
LONGEST_CURSOR = 2000
LONGEST_TOKEN = 2000  # the manual says 512
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")


@contextmanager
def reading(call: str, http_status: int | None = None) -> Iterator[None]:
    """Around the code that takes an answer apart."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as exception:
        reason = f"an answer that cannot be read ({type(exception).__name__})"
        raise WeComUnreadable(call, reason=reason, http_status=http_status) from None


def parsed(data: bytes) -> Answer:
    """The JSON object in the bytes of an answer."""
    answer = json.loads(data)
    if not isinstance(answer, dict):
        raise TypeError("not an object")
    return answer


def text(value: object, most: int) -> str:
    """A text that a database takes: no longer than `most`, and of characters alone."""
    if not isinstance(value, str) or len(value) > most or _UNSTORABLE.search(value):
        raise ValueError("not such a text")
    return value


def userid(value: object) -> str:
    return text(value, LONGEST_USERID)


def number(value: object) -> int:
    """A whole number of 32 bits, as WeCom's codes and ids are."""
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise ValueError("not such a number")
    return value


def userids(value: str | None) -> frozenset[str]:
    """The set of "a|B|c", lower-cased as WeCom compares them."""
    return frozenset(userid(part).lower() for part in (value or "").split("|") if part)
