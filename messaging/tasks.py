from celery import shared_task

from portal.alone import Alone
from portal.doorbell import ring
from portal.ledger import mark

from .sending.doorbells import PUMP
from .sending.preparing import prepare_all
from .sending.pump import Pump
from .sending.recalling import RECALL, recall_due
from .sending.uploading import upload_due

__all__ = ["PUMP", "RECALL", "pump", "recall"]


def _send() -> None:
    if Pump().run():
        ring(PUMP)


# One pump in a process knows how many calls are in the air. Two may freeze: a long list keeps no other waiting, and
# both together leave threads to send.
_freezing, _uploading, _sending = (Alone(prepare_all), Alone(prepare_all)), Alone(upload_due), Alone(_send)


@shared_task
def pump() -> None:
    """The one task of messaging, without arguments: what to do stands in the rows."""
    if mark.held():
        return
    next((one for one in _freezing if not one.is_busy), _freezing[-1]).run()
    _uploading.run()
    _sending.run()


@shared_task
def recall() -> None:
    """Takes back what somebody asked to have taken back. Takes no argument: what to do stands in the rows."""
    if not mark.held() and recall_due():
        ring(RECALL)
