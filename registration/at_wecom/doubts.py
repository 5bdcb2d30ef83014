"""What puts in doubt that a member at WeCom is still this person, and what is done about it.

A member who was deleted leaves their id free for somebody else: so nothing is sent to anybody of whom WeCom has said
that it does not reach or know them, until they are seen again and proven by their number.
"""

from collections.abc import Iterable
from contextlib import suppress

from django.db.models import F, QuerySet
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from wechat_admin.connection import looking_up
from wechat_admin.connection.clients import address_book_client
from wechat_admin.models import Check, EnterpriseAccount
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.errors import WeComError

from ..models import PersonalCode, Problem, Registration
from . import WORK

# So many may have lost their member at once and each be asked to register again. Deletions in the console come one by
# one; a visible range that was narrowed hits a department, a year, everybody, and comes back when somebody widens it.
FEW, FEW_IN_A_HUNDRED = 5, 5
MOST_PAGES = 50


def not_reached(userids: Iterable[str], account_key: str) -> None:
    """WeCom has not reached these members, as an answer to a message says."""
    keys = [userid.lower() for userid in userids]
    members = Registration.objects.members().open().filter(account_key=account_key)
    doubt(members.annotate(key=Lower("userid")).filter(key__in=keys))


def doubt(registrations: QuerySet[Registration]) -> None:
    """Nothing goes to these members before they are seen again and proven, and they are due at once."""
    unreached = {"problem": Problem.UNREACHED, "problem_code": None, "next_check_at": Now()}
    if registrations.update(doubts=F("doubts") + 1, **unreached):
        ring(WORK)


def is_theirs(registration: Registration, account: EnterpriseAccount, client: Client) -> bool:
    """Whether the number or e-mail address gives this very member. Raises LookingUpStopped, WeComError."""
    return found_by(account, client, registration.mobile or registration.email) == registration.userid.lower()


def found_by(account: EnterpriseAccount, client: Client, address: str, *, as_we_write_it: bool = False) -> str:
    """The userid, in lower case, of the member with this number or e-mail address; "" where WeCom knows none."""
    if "@" in address:
        return (looking_up.userid_by_email(account, client, address) or "").lower()
    return (looking_up.userid_by_mobile(account, client, address, as_we_write_it) or "").lower()


def are_many(account: EnterpriseAccount) -> bool:
    """Whether too many are in doubt for each to be a member deleted; the connection's check then says so."""
    members = Registration.objects.members().of_account(account)
    doubted, everybody = members.doubted().count(), members.count()
    many = doubted > FEW and doubted * 100 > everybody * FEW_IN_A_HUNDRED
    if many:
        Check.objects.note(Check.Name.RANGE, Check.State.WARNING, doubted=doubted, registered=everybody)
    return many


def is_listed(registration: Registration, account: EnterpriseAccount) -> bool | None:
    """Whether the company has the member, seen by the application or not; None where WeCom does not tell.

    `user/list_id` (doc 96067) alone tells a member who was deleted from one outside the visible range.
    """
    book, cursor = address_book_client(account), ""
    with suppress(WeComError):
        for _page in range(MOST_PAGES):
            pairs, cursor = book.userids_page(cursor)
            if any(userid.lower() == registration.userid.lower() for userid, _department in pairs):
                return True
            if not cursor:
                return False
    return None


def lose(registration: Registration, *, to_somebody_else: bool) -> None:
    """The member is not this person any more: they register again, from the number on.

    A letter whose code they have registered with is used up, and does not live again for that.
    """
    used_up = list(PersonalCode.objects.living().used_up().filter(person=registration.person_id))
    row = Registration.objects.members().filter(pk=registration.pk, doubts=registration.doubts)
    lost = row.update(
        status=Registration.Status.STARTED,
        problem=Problem.REGISTER_AGAIN,
        problem_code=None,
        userid="",
        lost_userid=registration.userid if to_somebody_else else "",
        created_by_us=False,
        audiences="",
        in_wecom_at=None,
        registered_at=None,
        no_longer_at=None,
        out_of_range=False,
        doubts=0,
        linking_approved_by=None,
        welcome_due_at=None,
        welcomed_at=None,
        next_check_at=None,
        lease_until=None,
        checked_at=Now(),
    )
    if lost:
        PersonalCode.objects.filter(pk__in=[code.pk for code in used_up]).update(replaced_at=Now())
        record(
            gettext_noop("lost the member at WeCom and must register again"),
            by=None,
            subject=registration.person,
        )
