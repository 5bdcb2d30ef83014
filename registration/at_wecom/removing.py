"""Delete members at WeCom, one by one: only whom we made, while nobody is linked to them and they are proven theirs.

WeCom may have given the id to somebody else since, in the console, and tells nobody who has stopped: so each is asked
for by number or e-mail address at the very last moment.
"""

import logging

from django.db.models.functions import Now

from wechat_admin.connection import looking_up
from wechat_admin.connection.clients import address_book_client, application_client
from wechat_admin.models import EnterpriseAccount, Lock
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.errors import RecipientInvalid, WeComError, WeComRejected

from ..models import DISPUTED, Registration, RemovalDoubt
from . import doubts
from .entering import ADDRESS_BOOK_LOCK, LEASE

log = logging.getLogger(__name__)


def remove_due() -> None:
    """What somebody has asked for; what WeCom does not answer is asked again by the sweep."""
    account = EnterpriseAccount.objects.the()
    if not account.is_linked or not Registration.objects.being_removed(account).exists():
        return
    # Whoever is entered anew is so under the same lock: a member is never deleted while it is being linked.
    if not Lock.take(ADDRESS_BOOK_LOCK, LEASE):
        return
    book = address_book_client(account)
    try:
        while registration := Registration.objects.being_removed(account).first():
            Lock.keep(ADDRESS_BOOK_LOCK, LEASE)
            _remove(registration, account, book)
    except looking_up.LookingUpStopped:
        log.info("Removing members goes on when somebody has looked why WeCom knew nobody.")
    except WeComError as error:
        log.info("Removing members goes on later: %s", error)
    finally:
        Lock.release(ADDRESS_BOOK_LOCK)


def member_gone(userid: str, account: EnterpriseAccount) -> None:
    """WeCom says that it has deleted a member; whom we made for somebody who has left or stopped is removed so."""
    for registration in Registration.objects.to_remove(account).filter(userid__iexact=userid):
        _removed(registration)


def _remove(registration: Registration, account: EnterpriseAccount, book: Client) -> None:
    """Raises WeComError and LookingUpStopped where the next would fare no better."""
    row = Registration.objects.filter(pk=registration.pk)
    try:
        if doubt := _doubt(registration, account):
            lost = {"lost_userid": registration.userid} if doubt == RemovalDoubt.ANOTHERS else {}
            row.update(removal_doubt=doubt, **lost)
            return
        book.delete_member(registration.userid)
    except RecipientInvalid:
        pass  # gone already
    except WeComRejected as error:
        row.update(removal_code=error.code)
        return
    _removed(registration)


def _doubt(registration: Registration, account: EnterpriseAccount) -> RemovalDoubt | None:
    """Why this member may be somebody else by now, None where they are proven. Raises RecipientInvalid if they are gone."""
    client = application_client(account)
    try:
        client.status_of(registration.userid)
    except RecipientInvalid:
        if doubts.is_listed(registration, account) is False:
            raise
        return RemovalDoubt.UNSEEN
    for address in filter(None, dict.fromkeys([registration.known_by, registration.mobile, registration.email])):
        if doubts.found_by(account, client, address) == registration.userid.lower():
            return None
    return RemovalDoubt.ANOTHERS


def _removed(registration: Registration) -> None:
    """The number is free: whoever waits for it is entered by the next turn."""
    ours = Registration.objects.filter(account_key=registration.account_key)
    ours.filter(userid__iexact=registration.userid).update(removed_at=Now(), removal_code=None, removal_doubt="")
    waiting = ours.filter(status=Registration.Status.CONFIRMED, problem__in=DISPUTED)
    waiting.holding(mobiles=filter(None, [registration.mobile]), emails=filter(None, [registration.email])).update(
        problem="", problem_code=None, tries=0, next_try_at=Now()
    )
