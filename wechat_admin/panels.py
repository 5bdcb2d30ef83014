from django.urls import reverse
from django.utils.translation import gettext as _

from portal import panels
from portal.ledger import mark
from portal.tones import Shown, Tone

from .models import Check, EnterpriseAccount
from .models.check import FOR_SENDING

HELD = ["the mark is held"]


@panels.panel(panels.TROUBLE, option=panels.ANY, facts=HELD)
def held_after_a_restore(request):
    return ("wechat_admin/_held_after_restore.html", {}) if mark.is_held() else None


@panels.panel(panels.TROUBLE, option="wechat_admin.view_account")
def what_cannot_be_read(request):
    """Everybody else who sends reads it among what they send."""
    account = EnterpriseAccount.objects.the()
    if not (account.unreadable or account.is_callback_unreadable):
        return None
    return "wechat_admin/unreadable_panel.html", {"account": account}


@panels.panel(panels.RUNNING, option="wechat_admin.view_account")
def the_check(request):
    if Check.objects.standing(FOR_SENDING) != Check.State.RUNNING:
        return []
    return [panels.Line(_("The connection to WeCom is being checked"), f"{reverse('wechat-administration')}#checks")]


@panels.panel(panels.HEALTH, option="wechat_admin.view_account")
def the_link(request):
    """Green is only what was asked and answered a short while ago."""
    account, address = EnterpriseAccount.objects.the(), reverse("wechat-administration")
    if not account.is_linked:
        return [panels.Line(_("Link to WeCom"), address, Shown(Tone.WARN, _("not linked")))]
    standing, at = Check.objects.standing(FOR_SENDING), Check.objects.oldest(FOR_SENDING)
    return [panels.Line(_("Link to WeCom"), f"{address}#checks", standing, at=at)]


@panels.panel(panels.HEALTH, option="wechat_admin.view_account")
def what_hides_registration(request):
    if not EnterpriseAccount.objects.the().qr_awaits_word:
        return []
    shown = Shown(Tone.WARN, _("QR code leads to another host"))
    return [panels.Line(_("Registration"), reverse("wechat-administration"), shown)]


@panels.panel(panels.HEALTH, option="wechat_admin.view_account", facts=HELD)
def sending(request):
    return [panels.Line(_("Sending"), reverse("wechat-administration"), _sending(EnterpriseAccount.objects.the().gate))]


def _sending(gate):
    if mark.is_held() or gate.is_held:
        return Shown(Tone.BAD, _("held"))
    if gate.paused:
        return Shown(Tone.WARN, _("paused"))
    return Shown(Tone.WARN, _("waits for WeCom")) if gate.is_limited else Shown(Tone.OK, _("open"))
