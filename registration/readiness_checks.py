from django.db.models import Exists
from django.utils.translation import gettext as _

from portal import once
from portal.health.readiness import ACCOUNT, NotReady, check
from wechat_admin.models import EnterpriseAccount

from .models import Registration

once.fact(
    "somebody is registered",
    lambda: Exists(Registration.objects.reachable(EnterpriseAccount.objects.the())),
)


@check(ACCOUNT, facts=["somebody is registered"])
def somebody_is_registered():
    is_so = once.answer("somebody is registered")
    return {"registered": None if is_so else NotReady("nobody", _("Nobody is registered yet."), is_told=False)}
