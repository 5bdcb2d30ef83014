"""The one table of WeCom's error codes: what the caller can do, what happened, what a person should change.

Source: the global table (doc 90313) and the pages of the single calls. A code that is not here is `PERMANENT`.
Sentences are marked for translation and translated where they are shown.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Action(Enum):
    REFRESH_TOKEN = auto()  # fetch a new token once, repeat once
    RETRY = auto()  # we cannot know what became of it: later, the very same
    RATE_LIMITED = auto()  # later, when the window has passed
    RECIPIENT = auto()  # these people cannot be reached, others can
    CONFIGURATION = auto()  # somebody must change something at WeCom or in the portal
    PERMANENT = auto()  # the request itself is wrong


def _(sentence):
    """Marks a sentence for translation."""
    return sentence


@dataclass(frozen=True)
class Meaning:
    action: Action
    sentence: str
    remedy: str = ""


_NEW_SECRET = _("Copy the secret again from the WeCom console and save it.")
_SECRET = _("WeCom does not accept this secret for this corporation.")
_RANGE = _("The person is outside the application's visible range.")
_WIDEN = _("In the WeCom console, widen the application's visible range (应用管理 → the application → 可见范围).")
_ENABLE = _("In the WeCom console, switch the application on again (应用管理).")
_OUR_FAULT = _("WeCom did not understand the request.")
_TELL_US = _("Report this code to the people who run the portal.")
_EDIT_RIGHT = _("In the WeCom console, let the address book sync edit (管理工具 → 通讯录同步 → 权限).")
_MEDIA = _("The attachment must be uploaded again.")

A = Action
MEANINGS: dict[int, Meaning] = {
    -1: Meaning(A.RETRY, _("WeCom is busy.")),
    6000: Meaning(A.RETRY, _("Somebody else changed the same record at WeCom.")),
    45033: Meaning(A.RATE_LIMITED, _("Too many calls to WeCom at the same time.")),
    45035: Meaning(A.RETRY, _("Somebody else changed the same record at WeCom.")),
    45009: Meaning(A.RATE_LIMITED, _("The limit of calls to WeCom is reached for now.")),
    40014: Meaning(A.REFRESH_TOKEN, _("WeCom no longer accepts our access token.")),
    42001: Meaning(A.REFRESH_TOKEN, _("Our access token has expired.")),
    40001: Meaning(A.CONFIGURATION, _SECRET, _NEW_SECRET),
    40091: Meaning(A.CONFIGURATION, _SECRET, _NEW_SECRET),
    41004: Meaning(A.CONFIGURATION, _("The secret is missing."), _NEW_SECRET),
    45031: Meaning(
        A.CONFIGURATION,
        _("WeCom no longer considers this secret safe."),
        _("Reset the secret in the WeCom console and save the new one."),
    ),
    40013: Meaning(
        A.CONFIGURATION,
        _("WeCom does not know this corporation id."),
        _("Copy it from the WeCom console (我的企业 → 企业信息 → 企业ID)."),
    ),
    41002: Meaning(
        A.CONFIGURATION,
        _("The corporation id is missing."),
        _("Copy it from the WeCom console (我的企业 → 企业信息 → 企业ID)."),
    ),
    40056: Meaning(
        A.CONFIGURATION,
        _("WeCom does not know this application agent id."),
        _("Copy it from the application's page in the WeCom console (应用管理 → AgentId)."),
    ),
    301002: Meaning(
        A.CONFIGURATION,
        _("The application secret belongs to another application than the agent id."),
        _("Copy both from the same application's page in the WeCom console."),
    ),
    48002: Meaning(
        A.CONFIGURATION,
        _("This secret may not do this."),
        _("Check that the application secret and the address book sync secret are not in each other's place."),
    ),
    48006: Meaning(A.CONFIGURATION, _("WeCom has closed the application because nobody used it for long."), _ENABLE),
    48008: Meaning(A.CONFIGURATION, _("The address book sync secret may only read."), _EDIT_RIGHT),
    48009: Meaning(A.CONFIGURATION, _("The address book sync secret may not read details from here.")),
    50003: Meaning(A.CONFIGURATION, _("The application is switched off."), _ENABLE),
    60031: Meaning(A.CONFIGURATION, _("WeCom has barred the application."), _ENABLE),
    60020: Meaning(
        A.CONFIGURATION,
        _("WeCom does not trust the address we call from."),
        _(
            "In the WeCom console, add the address to the trusted IP list (企业可信IP) of the application, and to that of "
            "the address book sync. A change acts after about a minute."
        ),
    ),
    45024: Meaning(
        A.CONFIGURATION,
        _("The school's WeCom account is full."),
        _("Ask Tencent for more members, or remove members who have left."),
    ),
    301007: Meaning(A.PERMANENT, _("WeCom has dissolved or blocked this corporation.")),
    43004: Meaning(A.RECIPIENT, _("The person has not followed the school's account yet.")),
    46004: Meaning(A.RECIPIENT, _("Nobody at WeCom has this number or e-mail.")),
    50002: Meaning(A.RECIPIENT, _RANGE, _WIDEN),
    60011: Meaning(A.RECIPIENT, _RANGE, _WIDEN),
    60021: Meaning(A.RECIPIENT, _RANGE, _WIDEN),
    60030: Meaning(A.RECIPIENT, _RANGE, _WIDEN),
    92000: Meaning(A.RECIPIENT, _RANGE, _WIDEN),
    60111: Meaning(A.RECIPIENT, _("WeCom does not know the person, or they are outside the visible range."), _WIDEN),
    40003: Meaning(A.RECIPIENT, _("WeCom does not know the person.")),
    40031: Meaning(A.RECIPIENT, _("WeCom does not know one of the persons.")),
    81013: Meaning(A.RECIPIENT, _("WeCom could reach none of these people."), _WIDEN),
    40007: Meaning(A.PERMANENT, _MEDIA),
    40145: Meaning(A.PERMANENT, _MEDIA),
    40004: Meaning(A.PERMANENT, _("WeCom does not accept this kind of attachment."), _("Send another one.")),
    40009: Meaning(A.PERMANENT, _("The picture is too large for WeCom."), _("Send a smaller one.")),
    40123: Meaning(A.PERMANENT, _("The picture is damaged."), _("Send another one.")),
    44001: Meaning(A.PERMANENT, _("WeCom found the attachment empty."), _("Send another one.")),
    45001: Meaning(A.PERMANENT, _("The attachment is too large for WeCom."), _("Send a smaller one.")),
    45008: Meaning(A.PERMANENT, _("Too many articles in one message."), _("Send fewer.")),
    45034: Meaning(
        A.PERMANENT, _("WeCom does not accept the address of the link."), _("Write it with https:// in front.")
    ),
    40094: Meaning(
        A.PERMANENT, _("WeCom does not accept the address of the link."), _("Write it with https:// in front.")
    ),
    40008: Meaning(A.PERMANENT, _("WeCom does not accept this kind of message."), _TELL_US),
    40033: Meaning(
        A.PERMANENT, _("The message holds characters that WeCom does not accept."), _("Write it without them.")
    ),
    40035: Meaning(A.PERMANENT, _OUR_FAULT, _TELL_US),
    40058: Meaning(A.PERMANENT, _OUR_FAULT, _TELL_US),
    40063: Meaning(A.PERMANENT, _OUR_FAULT, _TELL_US),
    47001: Meaning(A.PERMANENT, _OUR_FAULT, _TELL_US),
    40032: Meaning(A.PERMANENT, _("Too many people in one call."), _TELL_US),
    40201: Meaning(A.PERMANENT, _("WeCom takes the message for unwanted content."), _("Write it in other words.")),
    40204: Meaning(A.PERMANENT, _("WeChat takes the message for unwanted content."), _("Write it in other words.")),
    44004: Meaning(A.PERMANENT, _("The message is empty."), _("Write a message.")),
    45002: Meaning(A.PERMANENT, _("The message is too long."), _("Shorten it.")),
    82001: Meaning(A.PERMANENT, _("The call names nobody."), _TELL_US),
    82004: Meaning(A.PERMANENT, _("WeCom does not accept this content."), _("Write it in other words.")),
    85002: Meaning(A.PERMANENT, _("The message holds words that WeCom forbids."), _("Write it in other words.")),
    60102: Meaning(A.PERMANENT, _("WeCom has a member with this id already.")),
    60103: Meaning(A.PERMANENT, _("WeCom does not accept this mobile number."), _("Check the number.")),
    60104: Meaning(A.PERMANENT, _("Another member at WeCom has this mobile number."), _("Check the number.")),
    60105: Meaning(A.PERMANENT, _("WeCom does not accept this e-mail."), _("Check the e-mail.")),
    60106: Meaning(A.PERMANENT, _("Another member at WeCom has this e-mail."), _("Check the e-mail.")),
    60112: Meaning(A.PERMANENT, _("WeCom does not accept this name."), _("Check the name in the directory.")),
    60008: Meaning(A.PERMANENT, _("WeCom has a department of this name or id already.")),
    60123: Meaning(A.PERMANENT, _("WeCom does not know the department."), _TELL_US),
    60129: Meaning(A.PERMANENT, _("WeCom needs a mobile number or an e-mail."), _("Give one of them.")),
    81001: Meaning(A.PERMANENT, _("The department at WeCom is full."), _("Ask Tencent for more members.")),
}
_UNKNOWN = Meaning(A.PERMANENT, _("WeCom refused with a code the portal does not know."), _TELL_US)

# What `message/send` says of the text or kind of a message, so that sending the rest of it would fail alike.
CONTENT_CODES = frozenset(
    {40094, 45008, 45034, 40008, 40033, 40035, 40058, 40063, 40201, 40204, 44004, 45002, 47001, 82004, 85002}
)
MEDIA_CODES = frozenset({40007, 40145})
OUT_OF_RANGE_CODES = frozenset({50002, 60011, 60021, 60030, 60111, 92000})


def meaning(code):
    """The Meaning of an errcode; codes nobody wrote down are permanent and to be reported."""
    return MEANINGS.get(code, _UNKNOWN)
