"""Where the page is open, by its user agent: what the QR page tells first depends on it."""

import re

WECHAT, WECOM, PHONE, DESK = "wechat", "wecom", "phone", "desk"


def where(user_agent):
    """WeCom's browser names both `wxwork` and `MicroMessenger`, WeChat's only the latter."""
    if "wxwork" in user_agent:
        return WECOM
    if "MicroMessenger" in user_agent:
        return WECHAT
    return PHONE if re.search(r"Mobile|Android|iPhone|iPad", user_agent) else DESK
