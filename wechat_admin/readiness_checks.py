from django.utils.translation import gettext as _

from portal.health.readiness import ACCOUNT, NotReady, check

from .models import EnterpriseAccount


@check(ACCOUNT, "linked")
def linked():
    if not EnterpriseAccount.objects.the().is_linked:
        return NotReady("not linked", _("The school's Enterprise Account is not linked."))
    return None


@check(ACCOUNT, "not paused")
def not_paused():
    if EnterpriseAccount.objects.the().sending_paused:
        return NotReady("paused", _("Sending is paused under Weixin / WeChat Administration."))
    return None


@check(ACCOUNT, "not held")
def not_held():
    gate = EnterpriseAccount.objects.the().gate
    if gate.is_held:
        return NotReady("held", f"{_('Sending is held.')} {_(gate.hold_meaning.sentence)} ({gate.hold_code})")
    return None
