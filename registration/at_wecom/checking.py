"""Ask WeCom which of the members follow the school."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.client import Status as MemberStatus
from wechat_admin.wecom.codes import Blame
from wechat_admin.wecom.errors import RecipientInvalid, WeComError

from ..models import Problem, Registration

LEASE = timedelta(seconds=60)
CHECKS_A_TURN = 100
CHECK_WAITING, CHECK_LATER, CHECK_REGISTERED = timedelta(minutes=10), timedelta(hours=6), timedelta(days=1)


def check_due():
    """Ask WeCom about every member whose turn has come."""
    account = EnterpriseAccount.objects.the()
    if not account.is_linked:
        return
    due = Registration.objects.to_check().of_account(account)
    for registration in due[:CHECKS_A_TURN]:
        # The claim: of two workers one asks.
        if Registration.objects.to_check().filter(pk=registration.pk).update(lease_until=Now() + LEASE):
            _check(registration, application_client(account))


def _check(registration, client):
    row = Registration.objects.filter(pk=registration.pk).exclude(status=Registration.Status.WITHDRAWN)
    try:
        is_active = _is_active(client, registration.userid)
    except RecipientInvalid as error:
        problem = Problem.OUT_OF_RANGE if error.blame is Blame.RANGE else Problem.CANNOT_TELL
        found = {"problem": problem, "problem_code": error.code, "out_of_range": problem == Problem.OUT_OF_RANGE}
        wait = CHECK_WAITING
    except WeComError:
        found, wait = {}, CHECK_WAITING  # it says nothing about the person
    else:
        found, wait = _found(registration, is_active)
    row.update(checked_at=Now(), lease_until=None, next_check_at=Now() + wait, **found)


def _is_active(client, userid):
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


def _found(registration, is_active):
    if is_active is None:
        return {"problem": Problem.CANNOT_TELL, "problem_code": None}, CHECK_WAITING
    found = {"problem": "", "problem_code": None, "out_of_range": False}
    if is_active:
        registered: dict[str, Any] = {"status": Registration.Status.REGISTERED, "no_longer_at": None}
        if not registration.registered_at:
            registered |= {"registered_at": Now(), "welcome_due_at": Now()}
        return found | registered, CHECK_REGISTERED
    if registration.status == Registration.Status.REGISTERED and registration.no_longer_at is None:
        found["no_longer_at"] = Now()
    return found, CHECK_LATER
