"""The exact bytes of `message/send` (doc 90236). The same arguments give the same bytes: WeCom swallows a repeat."""

from .client import json_bytes

REMEMBERED_FOR = 14400  # seconds, the longest duplicate_check_interval


def text_body(agent_id, userids, text):
    """A text to these members."""
    return json_bytes(
        {
            "touser": "|".join(userids),
            "msgtype": "text",
            "agentid": agent_id,
            "text": {"content": text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REMEMBERED_FOR,
        }
    )
