from celery import shared_task

from portal.doorbell import ring

from .sending.preparing import prepare_all
from .sending.pump import Pump
from .sending.uploading import upload_due

PUMP = "messaging.tasks.pump"


@shared_task
def pump():
    """The one task of messaging, without arguments: what to do stands in the rows."""
    prepare_all()
    upload_due()
    if Pump().run():
        ring(PUMP)
