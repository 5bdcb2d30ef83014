"""Looks members up by number or e-mail: in the spelling that answered last first, and not without end."""

from collections.abc import Callable
from functools import partial

from ..models import Check, EnterpriseAccount, LookingUp
from ..wecom.client import Client
from ..wecom.spellings import spellings


class LookingUpStopped(Exception):
    """WeCom knew nobody so often in a row that a person must look first."""


def userid_by_mobile(
    account: EnterpriseAccount, client: Client, mobile: str, as_we_write_it: bool = False
) -> str | None:
    """The userid of the member who holds the number, or None. Raises LookingUpStopped, WeComError.

    `as_we_write_it`: what we have just written ourselves stands in no other spelling, and each asked in vain counts.
    """
    if as_we_write_it:
        return _ask(account, lambda: client.userid_by_mobile(mobile))
    kept = LookingUp.objects.of(account).spelling
    for name, spelled in spellings(mobile, first=kept):
        if userid := _ask(account, partial(client.userid_by_mobile, spelled), name):
            return userid
    return None


def userid_by_email(account: EnterpriseAccount, client: Client, email: str) -> str | None:
    return _ask(account, lambda: client.userid_by_email(email))


def _ask(account: EnterpriseAccount, call: Callable[[], str | None], spelling: str = "") -> str | None:
    if LookingUp.objects.of(account).has_stopped:
        raise LookingUpStopped
    userid = call()
    row = LookingUp.objects.filter(corporation_id=account.corporation_id)
    if userid:
        row.answered(spelling)
    else:
        row.unanswered()
        if row.get().has_stopped:
            Check.objects.note(Check.Name.LOOKING_UP, Check.State.BAD)
    return userid
