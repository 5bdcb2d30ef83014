"""Ask WeCom which of the members follow the school."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from wechat_admin.connection import looking_up
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.client import Status as MemberStatus
from wechat_admin.wecom.codes import NOT_THERE, Blame
from wechat_admin.wecom.errors import RecipientInvalid, WeComError

from ..models import Problem, Registration
from . import doubts

LEASE = timedelta(seconds=60)
CHECKS_A_TURN = 100
CHECK_SOON = timedelta(seconds=10)
CHECK_WAITING, CHECK_LATER, CHECK_REGISTERED = timedelta(minutes=10), timedelta(hours=6), timedelta(days=1)


def check_due() -> None:
    """Ask WeCom about every member whose turn has come."""
    account = EnterpriseAccount.objects.the()
    if not account.is_linked:
        return
    due = Registration.objects.to_check().of_account(account)
    for registration in due[:CHECKS_A_TURN]:
        # The claim: of two workers one asks.
        if Registration.objects.to_check().filter(pk=registration.pk).update(lease_until=Now() + LEASE):
            _check(registration, account)


def _check(registration: Registration, account: EnterpriseAccount) -> None:
    client = application_client(account)
    try:
        is_active = _is_active(client, registration.userid)
        is_another = registration.is_doubted and not doubts.is_theirs(registration, account, client)
    except looking_up.LookingUpStopped:
        _write_down(registration, {"problem": Problem.CANNOT_TELL, "problem_code": None}, CHECK_WAITING)
    except RecipientInvalid as error:
        _not_there(registration, account, error)
    except WeComError:
        _write_down(registration, {}, CHECK_WAITING)  # it says nothing about the person
    else:
        if is_another:
            _not_theirs(registration, account)
        else:
            _write_down(registration, *_found(registration, is_active))


def _write_down(registration: Registration, found: Mapping[str, object], wait: timedelta) -> None:
    """What was found; of somebody put in doubt while we asked only that they were asked about, and they stay due."""
    row = Registration.objects.members().filter(pk=registration.pk)
    asked = {"checked_at": Now(), "lease_until": None}
    if not row.filter(doubts=registration.doubts).update(next_check_at=Now() + wait, **asked, **found):
        row.update(**asked)


def _not_there(registration: Registration, account: EnterpriseAccount, error: RecipientInvalid) -> None:
    """The first time they stay registered and are asked about again; the second time it is for good or for all."""
    is_first, code = not registration.is_doubted, error.code
    if error.blame not in NOT_THERE:
        _write_down(registration, {"problem": Problem.CANNOT_TELL, "problem_code": code}, CHECK_WAITING)
    elif not is_first and not doubts.are_many(account) and doubts.is_listed(registration, account) is False:
        doubts.lose(registration, to_somebody_else=False)
    else:
        found = {"problem": Problem.OUT_OF_RANGE, "problem_code": code, "out_of_range": True, "doubts": F("doubts") + 1}
        _write_down(registration, found, CHECK_SOON if is_first else CHECK_WAITING)


def _not_theirs(registration: Registration, account: EnterpriseAccount) -> None:
    """WeCom has a member of this id, and their number gives somebody else or nobody."""
    if doubts.are_many(account):
        _write_down(registration, {"problem": Problem.UNREACHED, "problem_code": None}, CHECK_WAITING)
    else:
        doubts.lose(registration, to_somebody_else=True)


def _is_active(client: Client, userid: str) -> bool | None:
    """True, False, or None where WeCom's answer does not tell (disabled, left, something new)."""
    status = client.status_of(userid)
    if status == MemberStatus.ACTIVE:
        return True
    if status != MemberStatus.NOT_ACTIVATED:
        return None
    try:
        return bool(client.openid_of(userid))
    except RecipientInvalid as error:
        if error.blame is Blame.NOT_FOLLOWING:
            return False
        raise


def _found(registration: Registration, is_active: bool | None) -> tuple[dict[str, Any], timedelta]:
    if is_active is None:
        return {"problem": Problem.CANNOT_TELL, "problem_code": None}, CHECK_WAITING
    found: dict[str, Any] = {"problem": "", "problem_code": None, "out_of_range": False, "doubts": 0}
    if is_active:
        registered: dict[str, Any] = {"status": Registration.Status.REGISTERED, "no_longer_at": None}
        if not registration.registered_at:
            registered |= {"registered_at": Now(), "welcome_due_at": Now()}
        return found | registered, CHECK_REGISTERED
    if registration.status == Registration.Status.REGISTERED and registration.no_longer_at is None:
        found["no_longer_at"] = Now()
    return found, CHECK_LATER
