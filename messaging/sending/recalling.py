"""Take back what WeCom has accepted (`message/recall`, doc 94867): within 24 hours, and from the WeCom app alone.

A message read in WeChat has a copy there, which stays; no answer of WeCom's says who has seen it. A row is called until
it is answered: a worker that dies is followed by the next who looks.
"""

import time
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.people.models import User
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.codes import Course
from wechat_admin.wecom.errors import WeComError

from ..errors import MessageRefused
from ..models import Batch, Message

RECALL = "messaging.tasks.recall"
AT_ONCE, LEASE, TURN = 20, timedelta(minutes=1), 20.0  # rows of a claim; how long they are ours; seconds of a turn
AGAIN_AFTER = timedelta(seconds=30)
# What is said of the line or of the account: the row is called again. Anything else is WeCom's answer to this message.
_AGAIN = frozenset(
    {
        Course.REPEAT,
        Course.REPEAT_SOON,
        Course.LATER,
        Course.NEW_TOKEN,
        Course.FEWER_AT_ONCE,
        Course.WAIT,
        Course.HOLD,
    }
)


@transaction.atomic
def recall(*, message: Message, by: User) -> None:
    """Have everything recalled that can be. Raises MessageRefused where nothing can."""
    stored = Message.objects.select_for_update().get(pk=message.pk)
    if stored.is_at_work:
        raise MessageRefused(_("It is still being sent. Stop it first, then recall it."))
    if stored.account_key != stored.account.account_key:
        raise MessageRefused(_("It went through another account than the one linked now, so it cannot be recalled."))
    if not stored.batches.recallable().update(recall_at=Now()):
        raise MessageRefused(_("Nothing of it can be recalled: WeCom allows it within 24 hours, once."))
    record(gettext_noop("recalled a message"), by=by, subject=message)
    ring(RECALL)


def recall_due() -> bool:
    """Call for the rows that are due, for a turn. Returns whether there may be more."""
    until = time.monotonic() + TURN
    account = EnterpriseAccount.objects.the()
    if not account.is_linked or account.gate.is_held:
        return False
    client = application_client(account)
    while time.monotonic() < until:
        claimed = _claim(account)
        if not claimed:
            return False
        for batch in claimed:
            if not _call(client, batch):
                return False
    return True


@transaction.atomic
def _claim(account: EnterpriseAccount) -> list[Batch]:
    due = Batch.objects.filter(recall_at__lte=Now(), message__account_key=account.account_key)
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("recall_at", "pk")[:AT_ONCE])
    Batch.objects.filter(pk__in=[batch.pk for batch in rows]).update(recall_at=Now() + LEASE)
    return rows


def _call(client: Client, batch: Batch) -> bool:
    """Whether to go on: what is wrong with the account or the line is wrong for the next row, too."""
    row = Batch.objects.filter(pk=batch.pk)
    try:
        client.recall_message(batch.msgid)
    except WeComError as error:
        if error.course in _AGAIN:
            row.update(recall_at=Now() + AGAIN_AFTER)
            return False
        row.update(recall_at=None, recall_code=error.code)
        return True
    row.update(recall_at=None, recalled_at=Now(), recall_code=0)
    return True
