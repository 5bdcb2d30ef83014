"""The first message of somebody newly registered: it shows them that messages arrive."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext, override

from portal.ledger import mark
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.bodies import text_body
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.codes import Course
from wechat_admin.wecom.errors import RecipientInvalid, WeComError, WeComRejected

from ..models import Registration
from . import doubts

log = logging.getLogger(__name__)

A_TURN = 100
LEASE = timedelta(minutes=1)
# Past this the very same bytes might arrive a second time: WeCom remembers them for four hours.
GIVEN_UP_AFTER = timedelta(hours=3)


def welcome_due() -> None:
    """Send the first message to everybody who is due for it, and once to each: a repeat is the very same bytes."""
    account = EnterpriseAccount.objects.sending_allowed().first()
    if account is None or not account.is_linked or mark.held():
        return
    late = Registration.objects.to_welcome().filter(registered_at__lt=Now() - GIVEN_UP_AFTER)
    late.update(welcome_due_at=None)
    client = application_client(account)
    for registration in Registration.objects.to_welcome().of_account(account)[:A_TURN]:
        if _claim(registration):
            _welcome(registration, account, client)


def _claim(registration: Registration) -> bool:
    """Of two workers one sends; where it dies or WeCom does not answer, it is due again."""
    with transaction.atomic():
        due = Registration.objects.to_welcome().filter(pk=registration.pk)
        claimed = mark.count() and due.update(welcome_due_at=Now() + LEASE)
    return bool(claimed) and mark.write_down()


def _welcome(registration: Registration, account: EnterpriseAccount, client: Client) -> None:
    row = Registration.objects.filter(pk=registration.pk)
    body = text_body(account.agent_id, [registration.userid], text_for(registration.consent_language))
    try:
        answer = client.send_message(body)
    except (RecipientInvalid, WeComRejected) as error:
        log.warning("The first message was refused: %s", error.code)
        row.update(welcome_due_at=None)
        if error.course is Course.UNREACHABLE:
            doubts.not_reached([registration.userid], registration.account_key)
    except WeComError:
        return  # later, the same bytes
    else:
        row.update(welcome_due_at=None, welcomed_at=Now())
        doubts.not_reached(answer.invalid_users & {registration.userid.lower()}, registration.account_key)


def text_for(language: str) -> str:
    """Depends on nothing that could change between two tries."""
    with override(language):
        return gettext(
            "You are registered for the messages of %(school)s. They arrive here from now on; there is nothing to do."
        ) % {"school": settings.SCHOOL_NAME}
