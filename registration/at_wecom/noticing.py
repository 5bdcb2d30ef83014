"""Notices in WeChat, to those who are registered: once, a second try being the very same bytes."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce, Now

from portal.ledger import mark
from portal.notices.models import Note
from portal.notices.ways import reaches_in_wechat
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.bodies import text_body
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.codes import Course
from wechat_admin.wecom.errors import RecipientInvalid, WeComError, WeComRejected

from ..models import Registration
from . import doubts
from .welcoming import A_TURN, LEASE

log = logging.getLogger(__name__)
# Later it goes by e-mail: where it could not leave at all, and where WeCom says nothing of what became of it.
STALE_AFTER, IN_DOUBT_FOR = timedelta(minutes=10), timedelta(minutes=30)


def _account() -> EnterpriseAccount | None:
    """The account, if a message would go out through it now."""
    account = EnterpriseAccount.objects.sending_allowed().first()
    return account if account and account.is_linked and not mark.is_held() else None


@reaches_in_wechat
def registered(users: Iterable[int]) -> set[int]:
    account = _account()
    if account is None:
        return set()
    reachable = Registration.objects.reachable(account).filter(person__user__in=users)
    return set(reachable.values_list("person__user", flat=True))


def notices_due() -> None:
    Note.objects.filter(begun_at=None, written_at__lt=Now() - STALE_AFTER).give_up()
    Note.objects.filter(begun_at__lt=Now() - IN_DOUBT_FOR).give_up()
    account = _account()
    if account is None or mark.held():
        return
    client = application_client(account)
    for note in Note.objects.due().order_by("pk")[:A_TURN]:
        if userid := _claim(note, account):
            _send(note, userid, account, client)


def _claim(note: Note, account: EnterpriseAccount) -> str:
    """The member it goes to, the same at every try; of two workers one has it. "": not ours, or nobody to send to."""
    userid = note.userid or _userid_of(note.user_id, account)
    with transaction.atomic():
        ours = Note.objects.due().filter(pk=note.pk)
        if not userid:
            ours.give_up()
            return ""
        claimed = mark.count() and ours.update(
            try_at=Now() + LEASE, begun_at=Coalesce("begun_at", Now()), userid=userid
        )
    return userid if claimed and mark.write_down() else ""


def _userid_of(user: int, account: EnterpriseAccount) -> str:
    reachable = Registration.objects.reachable(account).filter(person__user=user)
    return reachable.values_list("userid", flat=True).first() or ""


def _send(note: Note, userid: str, account: EnterpriseAccount, client: Client) -> None:
    row = Note.objects.filter(pk=note.pk)
    try:
        answer = client.send_message(text_body(account.agent_id, [userid], note.text))
    except (RecipientInvalid, WeComRejected) as error:
        log.warning("A notice was refused: %s", error.code)
        row.give_up()
        if error.course is Course.UNREACHABLE:
            doubts.not_reached([userid], account.account_key)
    except WeComError:
        return  # later, the same bytes
    else:
        missed = answer.invalid_users & {userid.lower()}
        if missed:
            row.give_up()
            doubts.not_reached(missed, account.account_key)
        else:
            row.update(try_at=None, sent_at=Now())
