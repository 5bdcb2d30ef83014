from portal.doorbell import ring
from portal.periodic import every
from wechat_admin.models import EnterpriseAccount

from .at_wecom import departments
from .invitations import mailing
from .models import Invitation, Registration
from .tasks import INVITE, WORK


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


@every(5)
def ring_for_invitations():
    mailing.give_up_lost()
    if Invitation.objects.filter(state=Invitation.State.WAITING).exists():
        ring(INVITE)
