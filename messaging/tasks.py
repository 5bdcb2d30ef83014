from celery import shared_task

from portal.doorbell import ring
from portal.ledger import mark

from .sending.alone import Alone
from .sending.preparing import prepare_all
from .sending.pump import PUMP, Pump
from .sending.uploading import upload_due

__all__ = ["PUMP", "pump"]


def _freeze():
    prepare_all()
    upload_due()


def _send():
    if Pump().run():
        ring(PUMP)


# Each alone in its process: freezing never holds a sender, and one pump knows how many calls are in the air.
_freezing, _sending = Alone(_freeze), Alone(_send)


@shared_task
def pump():
    """The one task of messaging, without arguments: what to do stands in the rows."""
    if mark.held():
        return
    _freezing.run()
    _sending.run()
