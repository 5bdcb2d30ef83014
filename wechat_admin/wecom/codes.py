"""The one table of WeCom's error codes: what each blames, what happened, what a person should change.

Everything that has to be decided by a code asks this table: from what a code blames follow the error it is raised as
(errors.py) and what a sender of messages does with the batch (docs/sending.md). A new code is a row here and its
sentences in the catalogues.

Source: the global table (doc 90313) and the pages of the single calls. A code that is not here blames `UNKNOWN`.
Sentences are marked for translation and translated where they are shown.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Action(Enum):
    """What the caller can do: each is a class of errors."""

    REFRESH_TOKEN = auto()  # fetch a new token once, repeat once
    RETRY = auto()  # we cannot know what became of it: later, the very same
    RATE_LIMITED = auto()  # later, when the window has passed
    RECIPIENT = auto()  # these people cannot be reached, others can
    CONFIGURATION = auto()  # somebody must change something at WeCom or in the portal
    PERMANENT = auto()  # the request itself is wrong


class Course(Enum):
    """What a sender of messages does with the batch that was answered so, and with those that wait."""

    REPEAT = auto()  # it may have gone: the very same bytes, later
    REPEAT_SOON = auto()  # the same, and it may be over in seconds
    LATER = auto()  # surely not sent: later
    NEW_TOKEN = auto()  # surely not sent: again with another token
    FEWER_AT_ONCE = auto()  # surely not sent: again, over fewer connections
    WAIT = auto()  # surely not sent: nothing goes until the limit's window has passed
    HOLD = auto()  # surely not sent: nothing goes until the configuration is put right
    UPLOAD_AGAIN = auto()  # surely not sent: the attachment first
    UNREACHABLE = auto()  # refused: none of these people can be reached
    REFUSED = auto()  # refused, and the rest of the message would be too
    ASK = auto()  # surely not sent: the message waits for a person


class Blame(Enum):
    """What a code is about."""

    WECOM = "WeCom itself", Action.RETRY, Course.REPEAT
    CONNECTIONS = "too many calls at once", Action.RATE_LIMITED, Course.FEWER_AT_ONCE
    LIMIT = "too many calls", Action.RATE_LIMITED, Course.WAIT
    TOKEN = "the access token", Action.REFRESH_TOKEN, Course.NEW_TOKEN

    CORPORATION = "the corporation id", Action.CONFIGURATION, Course.HOLD
    SECRET = "the secret", Action.CONFIGURATION, Course.HOLD
    KIND_OF_SECRET = "the other secret in its place", Action.CONFIGURATION, Course.HOLD
    AGENT = "the agent id", Action.CONFIGURATION, Course.HOLD
    APPLICATION = "the application, switched off", Action.CONFIGURATION, Course.HOLD
    ADDRESS = "the address we call from", Action.CONFIGURATION, Course.HOLD
    RIGHT = "a right that was not given", Action.CONFIGURATION, Course.ASK
    CAPACITY = "the members the account may have", Action.CONFIGURATION, Course.ASK

    EVERYBODY = "all the people named", Action.RECIPIENT, Course.UNREACHABLE
    RANGE = "the visible range", Action.RECIPIENT, Course.ASK
    GONE = "a member who is not there, or not to be seen", Action.RECIPIENT, Course.UNREACHABLE
    NOT_FOLLOWING = "a person who does not follow yet", Action.RECIPIENT, Course.ASK
    USERID = "a person WeCom does not know", Action.RECIPIENT, Course.ASK
    LICENCE = "a person without a licence", Action.RECIPIENT, Course.ASK

    CONTENT = "what the message says", Action.PERMANENT, Course.REFUSED
    REQUEST = "how we put it", Action.PERMANENT, Course.REFUSED
    ADDRESSEES = "the list of people", Action.PERMANENT, Course.ASK
    MEDIA = "an attachment WeCom has forgotten", Action.PERMANENT, Course.UPLOAD_AGAIN
    FILE = "the attachment", Action.PERMANENT, Course.ASK
    MOBILE = "the mobile number", Action.PERMANENT, Course.ASK
    MOBILE_TAKEN = "somebody else's mobile number", Action.PERMANENT, Course.ASK
    EMAIL = "the e-mail", Action.PERMANENT, Course.ASK
    EMAIL_TAKEN = "somebody else's e-mail", Action.PERMANENT, Course.ASK
    USERID_TAKEN = "the userid, there already", Action.PERMANENT, Course.ASK
    NAME = "the name", Action.PERMANENT, Course.ASK
    DEPARTMENT = "a department that is not there", Action.PERMANENT, Course.ASK
    DEPARTMENT_TAKEN = "a department that is there already", Action.PERMANENT, Course.ASK
    DEPARTMENT_FULL = "a full department", Action.PERMANENT, Course.ASK
    UNKNOWN = "nobody knows what", Action.PERMANENT, Course.ASK

    def __init__(self, words: str, action: Action, course: Course) -> None:
        self.words, self.action, self.course = words, action, course


# What says that a member is not there, or not for us: from then on nothing goes to them before they are seen again.
NOT_THERE = frozenset({Blame.RANGE, Blame.GONE, Blame.USERID})

GETTOKEN = "gettoken"
# Calls that write into the address book: where one has no right on a member or department, nothing is wrong with them,
# but with what the sync may do (docs 90195, 90197, 90205).
WRITING = frozenset({"user/create", "user/update", "department/create"})


def _(sentence: str) -> str:
    """Marks a sentence for translation."""
    return sentence


@dataclass(frozen=True)
class Meaning:
    blame: Blame
    sentence: str
    remedy: str = ""
    # What it blames where the call carried a token; `gettoken` carries the secret instead.
    with_token: Blame | None = None
    # What it blames where the call writes.
    on_writing: Blame | None = None


_LATER = _("It goes on by itself when WeCom allows it again.")
_NEW_SECRET = _("Copy the secret again from the WeCom console and save it.")
_SECRET = _("WeCom does not accept this secret for this corporation.")
_RANGE = _("The person is outside the application's visible range.")
_WIDEN = _("In the WeCom console, widen the application's visible range (应用管理 → the application → 可见范围).")
_ENABLE = _("In the WeCom console, switch the application on again (应用管理).")
_OUR_FAULT = _("WeCom did not understand the request.")
TELL_US = _("Report this code to the people who run the portal.")
_EDIT_RIGHT = _("In the WeCom console, let the address book sync edit (管理工具 → 通讯录同步 → 权限).")
_MEDIA = _("The attachment must be uploaded again.")
_UNLICENSED = _("The person has no valid WeCom licence.")
_BUY = _("Assign a licence to the person in the WeCom console, or ask the provider of the application.")
_NO_ADDRESS = _("WeCom does not accept the address of the link.")
_WITH_HTTPS = _("Write it with https:// in front.")
_ALLOW = _("In the WeCom console, give the application or the address book sync this right.")

B = Blame
MEANINGS: dict[int, Meaning] = {
    -1: Meaning(B.WECOM, _("WeCom is busy."), _LATER),
    6000: Meaning(B.WECOM, _("Somebody else changed the same record at WeCom.")),
    45033: Meaning(B.CONNECTIONS, _("Too many calls to WeCom at the same time."), _LATER),
    45035: Meaning(B.WECOM, _("Somebody else changed the same record at WeCom.")),
    45036: Meaning(B.WECOM, _("WeCom restricts access to its data for now."), _LATER),
    81026: Meaning(B.WECOM, _("WeCom is being maintained."), _LATER),
    45009: Meaning(B.LIMIT, _("The limit of calls to WeCom is reached for now."), _LATER),
    40014: Meaning(B.TOKEN, _("WeCom no longer accepts our access token."), _NEW_SECRET),
    42001: Meaning(B.TOKEN, _("Our access token has expired."), _NEW_SECRET),
    40001: Meaning(B.SECRET, _SECRET, _NEW_SECRET, with_token=B.TOKEN),
    40091: Meaning(B.SECRET, _SECRET, _NEW_SECRET),
    41004: Meaning(B.SECRET, _("The secret is missing."), _NEW_SECRET),
    45031: Meaning(
        B.SECRET,
        _("WeCom no longer considers this secret safe."),
        _("Reset the secret in the WeCom console and save the new one."),
    ),
    40013: Meaning(
        B.CORPORATION,
        _("WeCom does not know this corporation id."),
        _("Copy it from the WeCom console (我的企业 → 企业信息 → 企业ID)."),
    ),
    41002: Meaning(
        B.CORPORATION,
        _("The corporation id is missing."),
        _("Copy it from the WeCom console (我的企业 → 企业信息 → 企业ID)."),
    ),
    40056: Meaning(
        B.AGENT,
        _("WeCom does not know this application agent id."),
        _("Copy it from the application's page in the WeCom console (应用管理 → AgentId)."),
    ),
    301002: Meaning(
        B.AGENT,
        _("The application secret belongs to another application than the agent id."),
        _("Copy both from the same application's page in the WeCom console."),
    ),
    48002: Meaning(
        B.KIND_OF_SECRET,
        _("This secret may not do this."),
        _("Check that the application secret and the address book sync secret are not in each other's place."),
    ),
    48006: Meaning(B.APPLICATION, _("WeCom has closed the application because nobody used it for long."), _ENABLE),
    48008: Meaning(B.RIGHT, _("The address book sync secret may only read."), _EDIT_RIGHT),
    48009: Meaning(B.RIGHT, _("The address book sync secret may not read details from here."), TELL_US),
    48001: Meaning(B.RIGHT, _("WeCom has not given the company or application this right."), _ALLOW),
    48004: Meaning(B.RIGHT, _("WeCom has not given the company or application this right."), _ALLOW),
    48010: Meaning(B.RIGHT, _("WeCom does not accept our encryption (TLS)."), TELL_US),
    50003: Meaning(B.APPLICATION, _("The application is switched off."), _ENABLE),
    60031: Meaning(B.APPLICATION, _("WeCom has barred the application."), _ENABLE),
    50006: Meaning(B.APPLICATION, _("The application is switched off."), _ENABLE),
    60020: Meaning(
        B.ADDRESS,
        _("WeCom does not trust the address we call from."),
        _(
            "In the WeCom console, add the address to the trusted IP list (企业可信IP) of the application, and to that of "
            "the address book sync. A change acts after about a minute."
        ),
    ),
    45024: Meaning(
        B.CAPACITY,
        _("The school's WeCom account is full."),
        _("Ask Tencent for more members, or remove members who have left."),
    ),
    301007: Meaning(
        B.CORPORATION, _("WeCom has dissolved or blocked this corporation."), _("Ask Tencent what happened to it.")
    ),
    43004: Meaning(B.NOT_FOLLOWING, _("The person has not followed the school's account yet.")),
    46004: Meaning(B.USERID, _("Nobody at WeCom has this number or e-mail.")),
    50002: Meaning(B.RANGE, _RANGE, _WIDEN),
    60011: Meaning(
        B.RANGE,
        _("WeCom gives us no right on this person or department."),
        _(
            "In the WeCom console, widen the application's visible range (应用管理 → the application → 可见范围); where it "
            "is the address book, let the sync edit (管理工具 → 通讯录同步 → 权限)."
        ),
        on_writing=B.RIGHT,
    ),
    60021: Meaning(B.RANGE, _RANGE, _WIDEN),
    60030: Meaning(B.RANGE, _RANGE, _WIDEN),
    92000: Meaning(B.RANGE, _RANGE, _WIDEN),
    60111: Meaning(B.GONE, _("WeCom does not know the person, or they are outside the visible range."), _WIDEN),
    40003: Meaning(B.USERID, _("WeCom does not know the person.")),
    40031: Meaning(B.USERID, _("WeCom does not know one of the persons.")),
    60136: Meaning(B.USERID, _("WeCom does not know the person.")),
    301021: Meaning(B.USERID, _("WeCom does not know one of the persons.")),
    701008: Meaning(B.LICENCE, _UNLICENSED, _BUY),
    701099: Meaning(B.LICENCE, _UNLICENSED, _BUY),
    81013: Meaning(B.EVERYBODY, _("WeCom could reach none of these people."), _WIDEN),
    40007: Meaning(B.MEDIA, _MEDIA),
    40145: Meaning(B.MEDIA, _MEDIA),
    41006: Meaning(B.MEDIA, _MEDIA),
    40004: Meaning(B.FILE, _("WeCom does not accept this kind of attachment."), _("Send another one.")),
    40009: Meaning(B.FILE, _("The picture is too large for WeCom."), _("Send a smaller one.")),
    40006: Meaning(B.FILE, _("WeCom does not accept the size of the attachment."), _("Send a smaller one.")),
    40011: Meaning(B.FILE, _("The video is too large for WeCom."), _("Send a smaller one.")),
    40123: Meaning(B.FILE, _("The picture is damaged."), _("Send another one.")),
    44001: Meaning(B.FILE, _("WeCom found the attachment empty."), _("Send another one.")),
    45001: Meaning(B.FILE, _("The attachment is too large for WeCom."), _("Send a smaller one.")),
    45008: Meaning(B.CONTENT, _("Too many articles in one message."), _("Send fewer.")),
    45034: Meaning(B.CONTENT, _NO_ADDRESS, _WITH_HTTPS),
    40094: Meaning(B.CONTENT, _NO_ADDRESS, _WITH_HTTPS),
    40039: Meaning(B.CONTENT, _("The address of the link is too long for WeCom."), _("Use a shorter one.")),
    41010: Meaning(B.CONTENT, _NO_ADDRESS, _WITH_HTTPS),
    41016: Meaning(B.CONTENT, _("WeCom misses the title."), _("Write one.")),
    41033: Meaning(B.CONTENT, _("WeCom misses the description."), _("Write one.")),
    40008: Meaning(B.REQUEST, _("WeCom does not accept this kind of message."), TELL_US),
    40033: Meaning(
        B.CONTENT, _("The message holds characters that WeCom does not accept."), _("Write it without them.")
    ),
    40035: Meaning(B.REQUEST, _OUR_FAULT, TELL_US),
    40058: Meaning(B.REQUEST, _OUR_FAULT, TELL_US),
    42052: Meaning(B.REQUEST, _("WeCom takes back nothing that is older than 24 hours.")),
    40063: Meaning(B.REQUEST, _OUR_FAULT, TELL_US),
    40074: Meaning(B.REQUEST, _OUR_FAULT, TELL_US),
    41001: Meaning(B.REQUEST, _OUR_FAULT, TELL_US),
    47001: Meaning(B.REQUEST, _OUR_FAULT, TELL_US),
    40032: Meaning(B.ADDRESSEES, _("Too many people in one call."), TELL_US),
    40201: Meaning(B.CONTENT, _("WeCom takes the message for unwanted content."), _("Write it in other words.")),
    40204: Meaning(B.CONTENT, _("WeChat takes the message for unwanted content."), _("Write it in other words.")),
    44004: Meaning(B.CONTENT, _("The message is empty."), _("Write a message.")),
    45002: Meaning(B.CONTENT, _("The message is too long."), _("Shorten it.")),
    82001: Meaning(B.ADDRESSEES, _("The call names nobody."), TELL_US),
    81012: Meaning(B.ADDRESSEES, _("The call names nobody."), TELL_US),
    82004: Meaning(B.CONTENT, _("WeCom does not accept this content."), _("Write it in other words.")),
    85002: Meaning(B.CONTENT, _("The message holds words that WeCom forbids."), _("Write it in other words.")),
    60102: Meaning(B.USERID_TAKEN, _("WeCom has a member with this id already.")),
    60103: Meaning(B.MOBILE, _("WeCom does not accept this mobile number."), _("Check the number.")),
    60104: Meaning(B.MOBILE_TAKEN, _("Another member at WeCom has this mobile number."), _("Check the number.")),
    60105: Meaning(B.EMAIL, _("WeCom does not accept this e-mail."), _("Check the e-mail.")),
    60106: Meaning(B.EMAIL_TAKEN, _("Another member at WeCom has this e-mail."), _("Check the e-mail.")),
    60112: Meaning(B.NAME, _("WeCom does not accept this name."), _("Check the name in the directory.")),
    60008: Meaning(B.DEPARTMENT_TAKEN, _("WeCom has a department of this name or id already.")),
    60123: Meaning(B.DEPARTMENT, _("WeCom does not know the department."), TELL_US),
    60003: Meaning(B.DEPARTMENT, _("WeCom does not know the department."), TELL_US),
    60004: Meaning(B.DEPARTMENT, _("WeCom does not know the department."), TELL_US),
    60124: Meaning(B.DEPARTMENT, _("WeCom does not know the department."), TELL_US),
    40066: Meaning(B.DEPARTMENT, _("WeCom does not know the department."), TELL_US),
    60129: Meaning(B.REQUEST, _("WeCom needs a mobile number or an e-mail."), _("Give one of them.")),
    81001: Meaning(B.DEPARTMENT_FULL, _("The department at WeCom is full."), _("Ask Tencent for more members.")),
}
_UNKNOWN = Meaning(B.UNKNOWN, _("WeCom refused with a code the portal does not know."), TELL_US)


def meaning(code: int | None) -> Meaning:
    """The Meaning of an errcode; without one nobody knows what it is."""
    return _UNKNOWN if code is None else MEANINGS.get(code, _UNKNOWN)


def blamed(code: int, call: str) -> Blame:
    """What an errcode of `call` ("message/send") blames."""
    found = meaning(code)
    if found.on_writing and call in WRITING:
        return found.on_writing
    return found.with_token if found.with_token and call != GETTOKEN else found.blame
