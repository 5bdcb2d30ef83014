"""Checks the connection to WeCom, thing by thing, and writes down each finding as it comes.

Tokens are fetched one after the other here; then the checks run side by side in threads that only call: the thread of
the task alone touches the database.
"""

import email.utils
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from portal.crypto import Secret

from ..models import CallbackEvent, Check, EnterpriseAccount, Lock, LookingUp, SendingGate
from ..wecom.client import ROOT, Client
from ..wecom.codes import Blame
from ..wecom.errors import TokenBusy, WeComError
from ..wecom.tokens import AccessToken
from . import clients

Name, State = Check.Name, Check.State
LOCK, LEASE = "checking the connection", timedelta(minutes=2)
NO_AGENT = 0
CLOCK_TOLERANCE = 60  # seconds
MOST_PAGES = 50
PROOF_LASTS = timedelta(days=90)


@dataclass(frozen=True)
class Finding:
    name: Check.Name
    state: Check.State
    code: int | None = None
    facts: dict = field(default_factory=dict)


class HeldToken:
    """A token store for threads: holds the one token that was fetched before."""

    def __init__(self, token: AccessToken) -> None:
        self._token: AccessToken | None = token

    def current(self, key: str) -> AccessToken | None:
        return self._token

    def refused(self, key: str) -> int | None:
        return None

    def forget_refusal(self, key: str) -> None:
        pass

    def may_refresh(self, key: str) -> bool:
        return False

    def save(self, key: str, token: str, expires_in: int) -> AccessToken:
        return AccessToken(token)

    def refuse(self, key: str, errcode: int) -> None:
        pass

    def release(self, key: str) -> None:
        pass

    def token_refused(self, key: str, generation: int) -> bool:
        self._token = None
        return False

    def token_works(self, key: str, generation: int) -> None:
        pass


def check_connection() -> None:
    """Run every check; one process at a time. Values that were saved meanwhile are checked in another round."""
    if not Lock.take(LOCK, LEASE):
        return
    try:
        while True:
            account = EnterpriseAccount.objects.the()
            _check(account)
            if not EnterpriseAccount.objects.exclude(version=account.version).exists():
                return
            Lock.keep(LOCK, LEASE)
    finally:
        Lock.release(LOCK)


def _check(account: EnterpriseAccount) -> None:
    rows = Check.objects.of_version(account.version)

    def write(finding: Finding) -> None:
        rows.found(finding.name, finding.state, finding.code, finding.facts)
        if finding.name == Name.APPLICATION and finding.state == State.OK:
            SendingGate.objects.of(account).lift_hold()

    try:
        Check.objects.begin()
        application = _client(account, Name.APPLICATION_TOKEN, account.application_secret, write)
        book = _client(account, Name.ADDRESS_BOOK_TOKEN, account.address_book_secret, write)
        write(_writing(account))
        write(_looking_up(account))
        write(_callback(account))
        for finding in _side_by_side(account, application, book):
            write(finding)
    finally:
        rows.give_up()


def _client(
    account: EnterpriseAccount, name: Check.Name, secret: Secret, write: Callable[[Finding], None]
) -> Client | None:
    """A client for threads, or None where no token is to be had; writes down the finding about the secret."""
    if secret.is_unreadable:
        write(Finding(name, State.BAD, facts={"unreadable": True}))
        return None
    if not (account.corporation_id and secret):
        write(Finding(name, State.NOT_CHECKED, facts={"missing": True}))
        return None
    client = clients.hurried_client(account.corporation_id, secret)
    try:
        client.token()
        with suppress(WeComError):
            client.departments()  # either secret may; a token that has died before its time is replaced by it
        token = client.token()
    except TokenBusy:
        write(Finding(name, State.NOT_CHECKED))  # says nothing about the secret
        return None
    except WeComError as error:
        write(_failure(name, error))
        return None
    write(Finding(name, State.OK))
    return Client(clients.hurried_transport(), HeldToken(token), account.corporation_id, secret.reveal())


def _failure(name: Check.Name, error: WeComError) -> Finding:
    facts = {"ip": error.from_ip} if error.from_ip else {}
    if error.fault:
        facts |= {"fault": error.fault, "reason": error.reason}
    return Finding(name, State.BAD, error.code, facts)


def _writing(account: EnterpriseAccount) -> Finding:
    if account.writing_refused_code is not None:
        return Finding(Name.WRITING, State.BAD, account.writing_refused_code)
    return _proven(Name.WRITING, account.writing_proven_at)


def _looking_up(account: EnterpriseAccount) -> Finding:
    """Never tried for the check's sake: what is asked in vain counts against the school."""
    row = LookingUp.objects.of(account)
    if row.has_stopped:
        return Finding(Name.LOOKING_UP, State.BAD)
    return Finding(Name.LOOKING_UP, State.OK if row.spelling else State.NOT_CHECKED)


def _callback(account: EnterpriseAccount) -> Finding:
    """Optional: without it the portal asks by itself who follows, only later."""
    if account.callback_verified_at is None:
        return Finding(Name.CALLBACK, State.NOT_CHECKED)
    heard = CallbackEvent.objects.last_heard_at()
    return _proven(Name.CALLBACK, max(filter(None, [heard, account.callback_verified_at])))


def _proven(name: Check.Name, at: datetime | None) -> Finding:
    """Of what we cannot ask about and learn by doing: green while the last proof is not too old."""
    facts = {"proven_at": at.isoformat()} if at else {}
    return Finding(name, State.OK if at and at > timezone.now() - PROOF_LASTS else State.WARNING, facts=facts)


def _side_by_side(account: EnterpriseAccount, application: Client | None, book: Client | None) -> Iterator[Finding]:
    """The findings of the checks that call, each as it comes."""
    checks: list[Callable] = [
        _address,
        _clock,
        partial(_application, application, account.application_agent_id, book),
        partial(_address_book, book, application),
        partial(_outgoing, application or book),
        partial(_range, application, account.application_agent_id, book),
    ]
    with ThreadPoolExecutor(len(checks), thread_name_prefix="checking") as threads:
        running = [threads.submit(check) for check in checks]
        for finished in as_completed(running):
            yield from finished.result()


# --- the checks, each in a thread of its own ---


def _address() -> list[Finding]:
    try:
        clients.hurried_transport().date()
    except WeComError as error:
        return [_failure(Name.ADDRESS, error)]
    return [Finding(Name.ADDRESS, State.OK)]


def _clock() -> list[Finding]:
    try:
        theirs = email.utils.parsedate_to_datetime(clients.hurried_transport().date())
    except (WeComError, ValueError):
        return [Finding(Name.CLOCK, State.NOT_CHECKED)]
    seconds = round(abs(time.time() - theirs.timestamp()))
    return [Finding(Name.CLOCK, State.OK if seconds <= CLOCK_TOLERANCE else State.WARNING, facts={"seconds": seconds})]


def _application(client: Client | None, agent_id: int | None, other: Client | None) -> list[Finding]:
    if client is None or agent_id is None:
        return [Finding(Name.APPLICATION, State.NOT_CHECKED)]
    try:
        found = client.application(agent_id)
    except WeComError as error:
        is_swapped = (
            other is not None and _is_of_the_other_kind(error) and _answers(lambda: other.application(agent_id))
        )
        return _refused(Name.APPLICATION, Name.APPLICATION_TOKEN, error, is_swapped)
    facts = {"name": found.name, "enabled": found.enabled}
    return [Finding(Name.APPLICATION, State.OK if found.enabled else State.BAD, facts=facts)]


def _address_book(client: Client | None, other: Client | None) -> list[Finding]:
    """The application secret cannot make this call: it tells the two secrets apart."""
    if client is None:
        return [Finding(Name.ADDRESS_BOOK, State.NOT_CHECKED)]
    try:
        client.userids_page(limit=1)
    except WeComError as error:
        is_swapped = (
            other is not None and _is_of_the_other_kind(error) and _answers(lambda: other.userids_page(limit=1))
        )
        return _refused(Name.ADDRESS_BOOK, Name.ADDRESS_BOOK_TOKEN, error, is_swapped)
    return [Finding(Name.ADDRESS_BOOK, State.OK)]


def _is_of_the_other_kind(error: WeComError) -> bool:
    return error.blame is Blame.KIND_OF_SECRET


def _refused(name: Check.Name, secret: Check.Name, error: WeComError, is_swapped: bool) -> list[Finding]:
    """A refused call; where the secret turns out to be of the other kind, its own row is not green either."""
    failure = Finding(name, State.BAD, error.code, {"swapped": True}) if is_swapped else _failure(name, error)
    return [failure, replace(failure, name=secret)] if _is_of_the_other_kind(error) else [failure]


def _answers(call: Callable[[], object]) -> bool:
    try:
        call()
    except WeComError:
        return False
    return True


def _outgoing(client: Client | None) -> list[Finding]:
    """WeCom quotes our address in refusals; asking for an application that does not exist harms nobody."""
    if client is None:
        return [Finding(Name.OUTGOING, State.NOT_CHECKED)]
    try:
        client.application(NO_AGENT)
    except WeComError as error:
        if error.from_ip:
            return [Finding(Name.OUTGOING, State.OK, facts={"ip": error.from_ip})]
    return [Finding(Name.OUTGOING, State.NOT_CHECKED)]


def _range(client: Client | None, agent_id: int | None, book: Client | None) -> list[Finding]:
    """How many of the company's members the application sees: those alone can be sent to."""
    if client is None or book is None or agent_id is None:
        return [Finding(Name.RANGE, State.NOT_CHECKED)]
    try:
        application = client.application(agent_id)
        tagged = [client.tagged(tag) for tag in application.tags]
        ticked = {*application.departments, *(d for _, departments in tagged for d in departments)}
        departments = _with_those_below(ticked, book.departments())
        members = _members(book)
    except WeComError as error:
        return [_failure(Name.RANGE, error)]
    named = {userid.lower() for userid in [*application.users, *(u for users, _ in tagged for u in users)]}
    seen = {userid for userid, theirs in members.items() if userid in named or theirs & departments}
    is_empty = not (application.departments or application.users or application.tags)
    facts = {"visible": len(seen), "members": len(members)}
    if is_empty or (members and not seen):
        return [Finding(Name.RANGE, State.BAD, facts=facts | {"empty": is_empty})]
    # A company without members yet: whoever registers will stand below the root.
    sees_all = len(seen) == len(members) if members else ROOT in departments
    return [Finding(Name.RANGE, State.OK if sees_all else State.WARNING, facts=facts)]


def _with_those_below(ticked: set[int], tree: list[tuple[int, int]]) -> set[int]:
    covered = set(ticked)
    while more := {child for child, parent in tree if parent in covered} - covered:
        covered |= more
    return covered


def _members(book: Client) -> dict[str, set[int]]:
    """{userid in lower case: its departments}"""
    members: dict[str, set] = {}
    cursor = ""
    for _ in range(MOST_PAGES):
        pairs, cursor = book.userids_page(cursor)
        for userid, department in pairs:
            members.setdefault(userid.lower(), set()).add(department)
        if not cursor:
            break
    return members
