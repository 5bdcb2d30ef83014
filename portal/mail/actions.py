from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from portal.doorbell import ring

from .models import Letter, MailServer

SEND = "portal.mail.tasks.send"


@transaction.atomic
def post(*, kind, about=None, address="", not_within=timedelta(0)):
    """A letter somebody waits for, with the next doorbell; none where the same was posted `not_within` that time."""
    MailServer.objects.locked()  # of two presses at once the second finds the first one's letter
    same = Letter.objects.filter(kind=kind, about=about, address=address)
    if same.went_out().filter(posted_at__gt=Now() - not_within).exists():
        return
    Letter.objects.create(kind=kind, about=about, address=address, urgent=True)
    ring(SEND)


def post_to_many(*, kinds, start_in=timedelta(0), urgent=False):
    """A letter for each of [(kind, about)], not before `start_in` is over; the sweep rings for them. In that order."""
    next_attempt_at = Now() + start_in
    rows = [Letter(kind=kind, about=about, next_attempt_at=next_attempt_at, urgent=urgent) for kind, about in kinds]
    return Letter.objects.bulk_create(rows, batch_size=500)


def take_back(letters):
    """Those of the letters that have not begun to leave never will. Returns how many."""
    return letters.not_begun().update(state=Letter.State.UNDONE, lease=None)
