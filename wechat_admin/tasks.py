from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now

from .callback import receiving
from .connection import check
from .connection.clients import application_client
from .models import EnterpriseAccount
from .wecom.errors import WeComError

PROBE = "wechat_admin.tasks.probe"
PROBE_EVERY = timedelta(minutes=5)


@shared_task
def probe():
    """While sending is held: try a harmless call; when it succeeds, somebody has put the configuration right."""
    held = EnterpriseAccount.objects.filter(Q(probe_at=None) | Q(probe_at__lte=Now()), hold_code__isnull=False)
    if not held.update(probe_at=Now() + PROBE_EVERY):
        return
    account = EnterpriseAccount.objects.the()
    try:
        application_client(account).application(account.application_agent_id)
    except WeComError:
        return
    EnterpriseAccount.objects.lift_hold()


CHECK_CONNECTION = "wechat_admin.tasks.check_connection"


@shared_task
def check_connection():
    check.check_connection()


@shared_task
def process_callbacks():
    receiving.process()
