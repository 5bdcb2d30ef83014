from portal.doorbell import ring
from portal.periodic import every
from wechat_admin.models import EnterpriseAccount

from .at_wecom import departments
from .models import Registration
from .tasks import WORK


@every(5)
def ring_for_registrations():
    registrations = Registration.objects
    if registrations.to_enter().exists() or registrations.to_check().exists() or registrations.to_welcome().exists():
        ring(WORK)


@every(600)
def ring_for_departments():
    account = EnterpriseAccount.objects.the()
    if account.is_linked and departments.need_tending(account):
        ring(WORK)
