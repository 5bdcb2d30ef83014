from django.utils.translation import gettext as _

from portal.ledger.open_work import OpenWork, open_work

from .models import Message
from .models.states import State


@open_work
def messages():
    """Whatever may still go out, by itself or when a person presses."""
    return [_open(message) for message in Message.objects.may_still_leave().order_by("pk")]


def _open(message):
    counts = message.counts
    return OpenWork(
        _("Message %(number)s") % {"number": message.pk},
        words=message.summary,
        waiting=counts.get(State.WAITING, 0) if message.is_frozen else message.shown_count,
        accepted=counts.get(State.ACCEPTED, 0),
        status=message.get_status_display(),
        address=message.get_absolute_url(),
    )
