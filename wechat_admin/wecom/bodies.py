"""The exact bytes of `message/send` (doc 90236), kind by kind, and WeCom's limits for each.

The same arguments give the same bytes: WeCom swallows a repeat. Only kinds that show in WeChat are here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .client import json_bytes

REMEMBERED_FOR = 14400  # seconds, the longest duplicate_check_interval

TEXT_BYTES = 2048  # of a text, UTF-8; what is longer WeCom cuts
# The manual counts a card's title and description in characters, older copies in bytes: bytes are safe.
TITLE_BYTES, DESCRIPTION_BYTES, ADDRESS_BYTES = 128, 512, 2048
MOST_ARTICLES = 8  # more: 45008
SHOWN_WHERE_HOME_PAGE_OPENS = 20  # bytes WeChat shows where the application always opens its home page


@dataclass(frozen=True)
class MediaLimit:
    """Of `media/upload` (doc 90253), in bytes."""

    most: int
    endings: tuple[str, ...]  # none: any
    least: int = 6  # "larger than 5 bytes"


MEGABYTE = 1024 * 1024
MEDIA = {
    "image": MediaLimit(10 * MEGABYTE, (".jpg", ".jpeg", ".png")),
    "video": MediaLimit(10 * MEGABYTE, (".mp4",)),
    "file": MediaLimit(20 * MEGABYTE, ()),
}


def body(kind: str, agent_id: int, userids: Iterable[str], content: Mapping[str, object]) -> bytes:
    """One `message/send`; `content` is the object WeCom wants under the kind's own name."""
    return json_bytes(
        {
            "touser": "|".join(userids),
            "msgtype": kind,
            "agentid": agent_id,
            kind: content,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REMEMBERED_FOR,
        }
    )


def text_body(agent_id: int, userids: Iterable[str], text: str) -> bytes:
    """A text to these members."""
    return body("text", agent_id, userids, {"content": text})
