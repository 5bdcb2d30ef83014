from django.utils.translation import gettext as _

from portal.health.readiness import ACCOUNT, NotReady, check

from .models import Check, EnterpriseAccount
from .models.check import FOR_SENDING


@check(ACCOUNT, "linked")
def linked():
    if not EnterpriseAccount.objects.the().is_linked:
        return NotReady("not linked", _("The school's Enterprise Account is not linked."))
    return None


@check(ACCOUNT, "not paused")
def not_paused():
    if EnterpriseAccount.objects.the().gate.paused:
        return NotReady("paused", _("Sending is paused under Weixin / WeChat Administration."))
    return None


@check(ACCOUNT, "not held")
def not_held():
    gate = EnterpriseAccount.objects.the().gate
    if gate.is_held:
        return NotReady("held", f"{_('Sending is held.')} {_(gate.hold_meaning.sentence)} ({gate.hold_code})")
    return None


@check(ACCOUNT, "connected")
def connected():
    account = EnterpriseAccount.objects.the()
    standing = Check.objects.standing(FOR_SENDING)
    if not account.is_linked or standing in (Check.State.OK, Check.State.WARNING):
        return None
    return NotReady(str(standing), f"{_('Connection to WeCom')}: {standing.label}")
