from django.utils.translation import gettext as _

from portal.health.readiness import ACCOUNT, NotReady, check
from wechat_admin.models import EnterpriseAccount

from .models import Registration


@check(ACCOUNT)
def somebody_is_registered():
    somebody = Registration.objects.reachable(EnterpriseAccount.objects.the()).exists()
    return {"registered": None if somebody else NotReady("nobody", _("Nobody is registered yet."))}
