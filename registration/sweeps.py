from portal.doorbell import ring
from portal.notices.models import Note
from portal.periodic import every
from wechat_admin.models import EnterpriseAccount

from .at_wecom import WORK, departments
from .erasing import forget_numbers_of_removed_members
from .models import Figures, Registration
from .removal.actions import end_registrations_of_leavers
from .tasks import COUNT
from .years.actions import end_consents_of_former_guardians


@every(5)
def ring_for_registrations():
    registrations = Registration.objects
    if registrations.to_enter().exists() or registrations.to_check().exists() or registrations.to_welcome().exists():
        ring(WORK)


@every(5)
def ring_for_notices():
    if Note.objects.due().exists():
        ring(WORK)


@every(600)
def ring_for_departments():
    account = EnterpriseAccount.objects.the()
    if account.is_linked and departments.need_tending(account):
        ring(WORK)


@every(15)
def ring_for_figures():
    if Figures.objects.to_count_again().exists():
        ring(COUNT)


@every(60)
def ring_for_removals():
    if Registration.objects.being_removed(EnterpriseAccount.objects.the()).exists():
        ring(WORK)


every(300)(end_registrations_of_leavers)
every(300)(end_consents_of_former_guardians)
every(600)(forget_numbers_of_removed_members)
