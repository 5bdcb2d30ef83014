from django.conf import settings

from portal.doorbell import ring
from portal.periodic import every

from .callback.receiving import PROCESS
from .models import CallbackEvent, Check, EnterpriseAccount, SendingGate
from .tasks import CHECK_CONNECTION, PROBE


@every(30 / settings.SENDING_TIME_SCALE)
def try_whether_a_hold_can_be_lifted():
    if SendingGate.objects.to_probe().exists():
        ring(PROBE)


@every(10 / settings.SENDING_TIME_SCALE)
def allow_more_calls_at_once():
    SendingGate.objects.all().widen()


@every(600)
def check_the_connection_once_a_day():
    if EnterpriseAccount.objects.the().is_linked and Check.objects.are_due():
        ring(CHECK_CONNECTION)


@every(60)
def check_when_a_secret_becomes_unreadable_or_readable():
    """No row of the check stays green whose secret is lost, nor red when its key was put back."""
    is_said = Check.objects.filter(facts__unreadable=True).exists()
    if bool(EnterpriseAccount.objects.the().unreadable) != is_said:
        ring(CHECK_CONNECTION)


@every(10)
def ring_again_for_a_check_that_was_asked_for():
    if Check.objects.filter(state=Check.State.RUNNING).exists():
        ring(CHECK_CONNECTION)


@every(5)
def ring_for_callbacks():
    if CallbackEvent.objects.filter(processed_at=None).exists():
        ring(PROCESS)
