"""Where the page is open, by its user agent: what the page with the code says first depends on it."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Device:
    what_to_do: str | Promise
    is_handheld: bool = True


IN_WECHAT = Device(_("Press and hold the code, then choose “Extract QR Code”."))
PHONE = Device(_("Save the picture of the code, then open it in WeChat under Scan → Album."))
DESK = Device(_("Scan the code with WeChat on your phone."), is_handheld=False)


def device(user_agent: str) -> Device:
    """WeCom's own browser names `MicroMessenger` too, and opens a code like WeChat's."""
    if "MicroMessenger" in user_agent or "wxwork" in user_agent:
        return IN_WECHAT
    return PHONE if re.search(r"Mobile|Android|iPhone|iPad", user_agent) else DESK
