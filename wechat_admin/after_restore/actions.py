from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.ledger import mark
from portal.ledger.open_work import all_open
from portal.people.models import User


@transaction.atomic
def release(*, name: UUID, by: User) -> bool:
    """Somebody has looked at what is open and answers for sending it. `name` is the mark they saw.

    Returns whether it was still held under that name.
    """
    waiting = sum(work.waiting for work in all_open())
    if not mark.release(name):
        return False
    record(gettext_noop("released sending after the database was put back"), by=by, waiting=waiting)
    return True
