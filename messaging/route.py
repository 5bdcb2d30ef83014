"""The member route: who the ids are, how the body of a call is built. Another route would be a module beside this one."""

from wechat_admin.wecom.client import json_bytes

MOST_RECIPIENTS = 1000  # per call (doc 90236)
MOST_BYTES = 2048  # of a text, UTF-8; what is longer WeCom cuts (doc 90236)
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)
REMEMBERED_FOR = 14400  # seconds, the longest duplicate_check_interval (doc 90236)


def text_body(agent_id, userids, text):
    """The exact bytes of one `message/send`. The same arguments give the same bytes."""
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


def size_of(text):
    """Bytes as WeCom counts them."""
    return len(text.encode())
