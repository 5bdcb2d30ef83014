from django.utils.translation import gettext as _

from portal.health.readiness import ACCOUNT, NotReady, check
from wechat_admin.models import EnterpriseAccount

from .models import Registration


@check(ACCOUNT, "registered")
def somebody_is_registered():
    if not Registration.objects.reachable(EnterpriseAccount.objects.the()).exists():
        return NotReady("nobody", _("Nobody is registered yet."))
    return None
