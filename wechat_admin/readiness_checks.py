from django.utils.translation import gettext as _

from portal.health.readiness import ACCOUNT, NotReady, check
from portal.ledger import mark

from .models import Check, EnterpriseAccount
from .models.check import FOR_SENDING


@check(ACCOUNT, facts=["the mark is held"])
def the_account_may_send():
    account = EnterpriseAccount.objects.the()
    return {
        "linked": _linked(account),
        "database": _put_back(),
        "open": _open(account.gate),
        "connected": _connected(account),
    }


def _linked(account):
    if account.missing:
        return NotReady("not linked", _("The school's Enterprise Account is not linked."), is_told=False)
    if account.unreadable:
        return NotReady("secrets cannot be read", account.why_not_linked)
    return None


def _put_back():
    if mark.is_held():
        return NotReady("put back", _("Sending is held: the portal's database has probably been put back."))
    return None


def _open(gate):
    if gate.is_held:
        return NotReady("held", f"{_('Sending is held.')} {_(gate.hold_meaning.sentence)} ({gate.hold_code})")
    if gate.paused:
        return NotReady("paused", _("Sending is paused under Weixin / WeChat Administration."), is_told=False)
    return None


def _connected(account):
    standing = Check.objects.standing(FOR_SENDING)
    if not account.is_linked or standing in (Check.State.OK, Check.State.WARNING):
        return None
    # Each check that failed is told by itself.
    return NotReady(str(standing), f"{_('Connection to WeCom')}: {standing.label}", is_told=False)
