from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.ledger import mark
from portal.people.models import User

from ..models import Check, EnterpriseAccount, LookingUp, SendingGate
from ..tasks import CHECK_CONNECTION
from ..wecom.client import json_bytes
from ..wecom.errors import WeComError
from . import in_words
from .clients import hurried_client, try_secrets_again
from .looking_up import LookingUpStopped, userid_by_mobile


@transaction.atomic
def check_connection(*, by: User) -> None:
    """Have a worker check the connection now; the rows show at once that something happens.

    A person asks: what WeCom refused lately is tried once more, and what succeeds lifts a hold.
    """
    try_secrets_again(EnterpriseAccount.objects.the())
    Check.objects.begin()
    LookingUp.objects.all().resume()
    record(gettext_noop("checked the connection"), by=by)
    ring(CHECK_CONNECTION)


def application_answered(account: EnterpriseAccount) -> None:
    """`agent/get` has succeeded: what held sending is put right."""
    SendingGate.objects.of(account).lift_hold()


class TestRefused(Exception):
    """Its text is a sentence the person can act on."""


def send_test(*, by: User) -> None:
    """Send the one who asks a message longer than 20 bytes: an application that always opens its home page cuts it.

    The one place besides Save where a web request waits for WeCom: somebody asked to see it arrive. No repeat of it is
    swallowed: whoever presses twice wants two. Raises TestRefused.
    """
    if mark.held():
        raise TestRefused(_("Sending is held: the portal's database has probably been put back."))
    account = EnterpriseAccount.objects.the()
    person = getattr(by, "person", None)
    if person is None or not person.mobile:
        raise TestRefused(_("The school has no mobile number of yours on record, so the test cannot be addressed."))
    if account.unreadable:
        raise TestRefused(account.why_not_linked)
    client = hurried_client(account.corporation_id, account.application_secret)
    text = _("Test of the school's messages. If you can read this line to its last word, everything is right: harbour")
    try:
        userid = userid_by_mobile(account, client, person.mobile)
        if not userid:
            raise TestRefused(_("WeCom knows nobody with your number. Register first, then try again."))
        body = {"touser": userid, "msgtype": "text", "agentid": account.application_agent_id, "text": {"content": text}}
        client.send_message(json_bytes(body))
    except LookingUpStopped:
        raise TestRefused(
            _("WeCom could not say who has a number five times in a row. Press “Check now” first.")
        ) from None
    except WeComError as error:
        raise TestRefused(in_words.refusal(error)) from None
    Check.objects.note(Check.Name.TEST, Check.State.WARNING, asked=True)
    record(gettext_noop("sent a test message to themselves"), by=by)


def test_came(*, whole: bool, version: int, by: User) -> bool:
    """The administrator says whether the test came whole or was cut. Returns whether it was of the account as it is."""
    if not Check.objects.of_version(version).filter(name=Check.Name.TEST).exists():
        return False
    Check.objects.note(Check.Name.TEST, Check.State.OK if whole else Check.State.BAD, whole=whole)
    record(gettext_noop("said how the test message came"), by=by, whole=whole)
    return True
