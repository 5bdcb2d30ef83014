"""One class, one method per call we use. It neither sleeps nor loops: trying again belongs to the caller's rows."""

import hashlib
import json
import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from . import answers
from .answers import Answer, reading
from .codes import GETTOKEN, Blame
from .errors import NoToken, TokenBusy, TokenEnded, TokenRefused, WeComError, WeComUnavailable, error_for
from .tokens import AccessToken, TokenStore, token_key
from .transport import JSON, AnyTransport, Query

log = logging.getLogger("wecom")

ROOT = 1  # the department that every other stands below

# What `gettoken` blames when it condemns the corporation id or the secret itself, not the moment (doc 91039).
CONDEMNED = frozenset({Blame.CORPORATION, Blame.SECRET})
_FROM_IP = re.compile(r"from ip:\s*([0-9A-Fa-f.:]+)")
_HINT = re.compile(r"hint:\s*\[(\d+)\]")


class Status:
    """`status` of `user/get` (doc 90196)."""

    ACTIVE = 1  # activated WeCom or follows the WeChat plugin: nothing tells which
    DISABLED = 2
    NOT_ACTIVATED = 4
    LEFT = 5


class Member(TypedDict, total=False):
    """What we write of a member (docs 90195, 90197); what is left out stays as it is."""

    name: str
    department: list[int]
    mobile: str
    email: str


@dataclass(frozen=True)
class SendAnswer:
    """What `message/send` answered with errcode 0: accepted, but for those named here (lower-cased userids)."""

    msgid: str
    invalid_users: frozenset[str]
    unlicensed_users: frozenset[str]


@dataclass(frozen=True)
class Application:
    """What `agent/get` says of the application; the visible range as an administrator ticked it, not expanded."""

    name: str
    enabled: bool
    users: tuple[str, ...]
    departments: tuple[int, ...]
    tags: tuple[int, ...]


def _part(answer: Answer, name: str, within: str) -> Iterable[Any]:
    """A list within an object; WeCom leaves out what is empty."""
    return (answer.get(name) or {}).get(within) or []


def _made(call: str, answer: Answer) -> list[int]:
    with reading(call):
        return [answers.number(made["id"]) for made in _part(answer, "created_department_list", "department_info")]


def json_bytes(value: object) -> bytes:
    """Raw UTF-8: code 40033 says that \\uXXXX is not accepted in requests."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Client:
    """Speaks for one secret: the application's or the address book sync's. Neither can do the other's work."""

    def __init__(self, transport: AnyTransport, store: TokenStore, corporation_id: str, secret: str) -> None:
        self._transport = transport
        self._store = store
        self._corporation_id = corporation_id
        self._secret = secret
        self._key = token_key(corporation_id, secret)

    def __repr__(self) -> str:
        return f"<Client {self._key[:8]}>"

    # --- token ---

    def token(self) -> AccessToken:
        """An access token, fetched if none is at hand.

        Raises WeComMisconfigured without a call where WeCom has refused this very secret lately, TokenBusy
        where another process is fetching it at this moment.
        """
        token = self._store.current(self._key)
        if token:
            return token
        refused = self._store.refused(self._key)
        if refused is not None:
            raise error_for(GETTOKEN, refused)
        if not self._store.may_refresh(self._key):
            raise TokenBusy(GETTOKEN, reason="another process is fetching the token")
        return self._fetch_token()

    def try_again(self) -> None:
        """A person asks to: what WeCom said of the secret before is forgotten, and the next call asks it once."""
        self._store.forget_refusal(self._key)

    def _fetch_token(self) -> AccessToken:
        query = {"corpid": self._corporation_id, "corpsecret": self._secret}
        try:
            answer = self._ask("GET", GETTOKEN, query)
            with reading(GETTOKEN):
                token = answers.text(answer["access_token"], answers.LONGEST_TOKEN)
                lifetime = answers.number(answer.get("expires_in", 7200))
        except WeComUnavailable as error:
            self._store.release(self._key)
            raise NoToken(GETTOKEN, error.code, reason=error.reason, fault=error.fault) from None
        except WeComError as error:
            if error.code is not None and error.blame in CONDEMNED:
                self._store.refuse(self._key, error.code)
            else:
                self._store.release(self._key)
            raise
        return self._store.save(self._key, token, lifetime)

    # --- the application secret ---

    def application(self, agent_id: int) -> Application:
        """`agent/get` (doc 90227): proves secret, agent id and trusted IP at once."""
        answer = self._call("GET", "agent/get", {"agentid": agent_id})
        with reading("agent/get"):
            return Application(
                name=answers.text(answer.get("name", ""), answers.LONGEST_NAME),
                enabled=not answer.get("close"),
                users=tuple(answers.userid(user["userid"]) for user in _part(answer, "allow_userinfos", "user")),
                departments=tuple(answers.number(n) for n in _part(answer, "allow_partys", "partyid")),
                tags=tuple(answers.number(n) for n in _part(answer, "allow_tags", "tagid")),
            )

    def send_message(self, body: bytes) -> SendAnswer:
        """`message/send` (doc 90236) with exactly these bytes. errcode 0 means accepted, never delivered or read."""
        return self._sent(self._call("POST", "message/send", body=body))

    def recall_message(self, msgid: str) -> None:
        """`message/recall` (doc 94867): within 24 hours (42052), for the application that sent it (40058).

        It is taken from the WeCom app; a copy in WeChat stays.
        """
        self._post("message/recall", {"msgid": msgid})

    def upload(self, kind: str, name: str, data: bytes) -> str:
        """`media/upload` (doc 90253): the media id, good for three days. `kind` is image, video or file.

        The name stands in the header as raw UTF-8: the form that libraries choose for names like 成绩.pdf is answered
        with 44001.
        """
        boundary = hashlib.sha256(data).hexdigest()[:32]
        name = re.sub(r'[\r\n"\\]', "", name)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{name}"; '
            f"filelength={len(data)}\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={boundary}"
        answer = self._call("POST", "media/upload", {"type": kind}, body, content_type)
        with reading("media/upload"):
            return answers.text(answer["media_id"], answers.LONGEST_MEDIA_ID)

    def send_message_with(self, token: AccessToken, body: bytes) -> SendAnswer:
        """The same with a token the caller holds: one call and nothing else, so that a thread may make it.

        What became of it the caller says: `token_refused`, `token_works`.
        """
        return self._sent(self._ask("POST", "message/send", {"access_token": token.text}, body))

    def token_refused(self, token: AccessToken) -> bool:
        """A call with this token was refused because of it. Whether another may help; if not, it is for a person."""
        return self._store.token_refused(self._key, token.generation)

    def token_works(self, token: AccessToken) -> None:
        if token.is_on_trial:
            self._store.token_works(self._key, token.generation)

    @staticmethod
    def _sent(answer: Answer) -> SendAnswer:
        with reading("message/send"):
            answers.number(answer["errcode"])  # here its absence is no proof of success
            return SendAnswer(
                msgid=answers.text(answer.get("msgid", ""), answers.LONGEST_MSGID),
                invalid_users=answers.userids(answer.get("invaliduser")),
                unlicensed_users=answers.userids(answer.get("unlicenseduser")),
            )

    def status_of(self, userid: str) -> int:
        """`status` of `user/get` (doc 90196), an int; raises RecipientInvalid outside the visible range."""
        answer = self._call("GET", "user/get", {"userid": userid})
        with reading("user/get"):
            return answers.number(answer["status"])

    def openid_of(self, userid: str) -> str:
        """`user/convert_to_openid` (doc 90202); raises RecipientInvalid 43004 for people WeChat does not know yet."""
        answer = self._post("user/convert_to_openid", {"userid": userid})
        with reading("user/convert_to_openid"):
            return answers.text(answer["openid"], answers.LONGEST_USERID)

    def userid_by_mobile(self, mobile: str) -> str | None:
        """`user/getuserid` (doc 95402), or None: it knows a number by one spelling only (spellings.py).

        Wrong look-ups above a fifth of the company block it for a day.
        """
        return self._lookup("user/getuserid", {"mobile": mobile})

    def userid_by_email(self, email: str) -> str | None:
        """`user/get_userid_by_email` (doc 95895), or None; `email_type` 2 is the personal address."""
        return self._lookup("user/get_userid_by_email", {"email": email, "email_type": 2})

    # --- the address book sync secret ---

    def create_member(self, userid: str, *, to_invite: bool, **fields: Unpack[Member]) -> list[int]:
        """`user/create` (doc 90195): the ids of departments that WeCom made for it, because it knew none such.

        It makes them under 其他（待设置部门） and says so in no error.
        """
        return _made("user/create", self._post("user/create", {"userid": userid, "to_invite": to_invite, **fields}))

    def update_member(self, userid: str, **fields: Unpack[Member]) -> list[int]:
        """`user/update` (doc 90197), as above. A new mobile of an active member is ignored without an error."""
        return _made("user/update", self._post("user/update", {"userid": userid, **fields}))

    def delete_member(self, userid: str) -> None:
        """`user/delete` (doc 90198); RecipientInvalid where the member is gone already."""
        self._call("GET", "user/delete", {"userid": userid})

    def create_department(self, *, id: int, name: str, parentid: int) -> None:
        """`department/create` (doc 90205); `id` is above 1."""
        self._post("department/create", {"id": id, "name": name, "parentid": parentid})

    def userids_page(self, cursor: str = "", limit: int = 10000) -> tuple[list[tuple[str, int]], str]:
        """`user/list_id` (doc 96067): ([(userid, department id)], next cursor or "")."""
        fields: dict[str, str | int] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = self._post("user/list_id", fields)
        with reading("user/list_id"):
            pairs = [
                (answers.userid(row["userid"]), answers.number(row["department"]))
                for row in answer.get("dept_user", [])
            ]
            return pairs, answers.text(answer.get("next_cursor", ""), answers.LONGEST_CURSOR)

    # --- either ---

    def tagged(self, tag: int) -> tuple[list[str], list[int]]:
        """`tag/get` (doc 90213): (userids, department ids) of a tag in the visible range."""
        answer = self._call("GET", "tag/get", {"tagid": tag})
        with reading("tag/get"):
            members = [answers.userid(user["userid"]) for user in answer.get("userlist", [])]
            return members, [answers.number(n) for n in answer.get("partylist", [])]

    def department_name(self, number: int) -> str:
        """`department/get`: for a department of the application's visible range; the sync's secret may not (48009)."""
        answer = self._call("GET", "department/get", {"id": number})
        with reading("department/get"):
            return answers.text(answer["department"].get("name", ""), answers.LONGEST_NAME)

    def departments(self) -> list[tuple[int, int]]:
        """`department/simplelist` (doc 95350): [(id, parent id)]."""
        answer = self._call("GET", "department/simplelist", {})
        with reading("department/simplelist"):
            return [
                (answers.number(row["id"]), answers.number(row["parentid"])) for row in answer.get("department_id", [])
            ]

    # --- calls ---

    def _lookup(self, call: str, fields: Mapping[str, object]) -> str | None:
        try:
            answer = self._post(call, fields)
        except WeComError as error:
            if error.blame is Blame.USERID:
                return None  # nobody has it
            raise
        with reading(call):
            return answers.userid(answer["userid"])

    def _post(self, call: str, fields: Mapping[str, object]) -> Answer:
        return self._call("POST", call, body=json_bytes(fields))

    def _call(
        self, method: str, call: str, query: Query | None = None, body: bytes | None = None, content_type: str = JSON
    ) -> Answer:
        """A call with our token; a code saying that the token has ended earns one repeat with a new one."""
        try:
            return self._ask_with(self.token(), method, call, query, body, content_type)
        except TokenEnded:
            return self._ask_with(self.token(), method, call, query, body, content_type)

    def _ask_with(
        self, token: AccessToken, method: str, call: str, query: Query | None, body: bytes | None, content_type: str
    ) -> Answer:
        try:
            answer = self._ask(method, call, {"access_token": token.text, **(query or {})}, body, content_type)
        except TokenRefused as error:
            if self.token_refused(token):
                raise TokenEnded(call, error.code, hint=error.hint) from None
            raise
        self.token_works(token)
        return answer

    def _ask(self, method: str, call: str, query: Query, body: bytes | None = None, content_type: str = JSON) -> Answer:
        started = time.monotonic()
        try:
            status, answer = self._transport.call(method, call, query, body, content_type)
        except WeComError as error:
            log.info("%s: %s after %.0f ms", call, error.reason, 1000 * (time.monotonic() - started))
            raise
        with reading(call, status):
            code, errmsg = answers.number(answer.get("errcode", 0)), str(answer.get("errmsg", ""))
        hint = "".join(_HINT.findall(errmsg)[:1])
        level = logging.INFO if code else logging.DEBUG
        log.log(
            level, "%s: errcode %s in %.0f ms, hint %s", call, code, 1000 * (time.monotonic() - started), hint or "-"
        )
        if code:
            from_ip = "".join(_FROM_IP.findall(errmsg)[:1])
            raise error_for(call, code, http_status=status, hint=hint, from_ip=from_ip)
        if "wrong json format" in errmsg.lower():
            log.warning("%s: WeCom says that our body is malformed", call)
        return answer
