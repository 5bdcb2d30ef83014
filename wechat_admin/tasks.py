from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models.functions import Now

from .callback import receiving
from .connection import check
from .connection.clients import application_client
from .models import EnterpriseAccount, SendingGate
from .wecom.errors import WeComError

PROBE = "wechat_admin.tasks.probe"
PROBE_EVERY = timedelta(minutes=5) / settings.SENDING_TIME_SCALE


@shared_task
def probe():
    """While sending is held: try a harmless call; when it succeeds, somebody has put the configuration right."""
    account = EnterpriseAccount.objects.the()
    gate = SendingGate.objects.of(account)
    if not account.is_linked:
        return
    if not gate.to_probe().update(probe_at=Now() + PROBE_EVERY):
        return
    try:
        application_client(account).application(account.agent_id)
    except WeComError:
        return
    gate.lift_hold()


CHECK_CONNECTION = "wechat_admin.tasks.check_connection"


@shared_task
def check_connection():
    check.check_connection()


@shared_task
def process_callbacks():
    receiving.process()
