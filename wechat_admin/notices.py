"""What whoever looks after the school's account at WeCom is told."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, register
from portal.health.readiness import ACCOUNT
from portal.health.told import PATIENCE, kind_of

from .models import Check, EnterpriseAccount

CHANGE = "wechat_admin.change_account"


def _administration(subject):
    return reverse("wechat-administration")


def _where(check):
    return reverse("after-restore") if check == "database" else _administration(check)


def _limited():
    return {"limit": Cause()} if EnterpriseAccount.objects.the().gate.is_limited else {}


def _callback():
    return {"callback": Cause()} if EnterpriseAccount.objects.the().is_callback_unreadable else {}


def _to_do(check):
    if check == "database":
        return _("Somebody signs in as System Administrator, reads *After a restore*, and releases what waits.")
    return _("Open Weixin / WeChat Administration: the row in red says what to do at WeCom.")


def _out_of_order():
    """Not while sending is held: what the hold is about is said already."""
    if EnterpriseAccount.objects.the().gate.is_held:
        return {}
    found = Check.objects.exclude(name=Check.Name.TEST)
    return {check.name: Cause() for check in found if check.standing == Check.State.BAD}


register(
    kind_of(
        "wechat.account",
        gettext_lazy("Sending is held, or a secret cannot be read"),
        ACCOUNT,
        option=CHANGE,
        address=_where,
        to_do=_to_do,
    ),
    Kind(
        "wechat.check",
        gettext_lazy("Something of the connection to WeCom is not in order"),
        option=CHANGE,
        causes=_out_of_order,
        sentence=lambda name: _("Connection to WeCom: %(what)s is not in order.") % {"what": Check.Name(name).label},
        address=lambda name: _administration(name) + "#checks",
        to_do=_to_do,
        patience=PATIENCE,
        flutters=True,
    ),
    Kind(
        "wechat.limit",
        gettext_lazy("WeCom's limit of calls is reached"),
        option=CHANGE,
        causes=_limited,
        sentence=lambda subject: _("WeCom's limit of calls is reached: messages wait and go on by themselves."),
        address=_administration,
        patience=timedelta(minutes=10),
        flutters=True,
    ),
    Kind(
        "wechat.callback",
        gettext_lazy("The keys of the callback cannot be read"),
        option=CHANGE,
        causes=_callback,
        sentence=lambda subject: _("The callback's token and key cannot be read any more: make new ones."),
        address=_administration,
        flutters=True,
    ),
)
