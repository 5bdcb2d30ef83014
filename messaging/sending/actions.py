from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.people.models import User

from ..errors import MessageRefused
from ..judgement import why_it_waits
from ..kinds import size_of
from ..models import Message
from ..models.message_queryset import MessageQuerySet
from ..releasing import NOT_RELEASED, check_is_as_shown, take_back
from ..tasks import PUMP


@transaction.atomic
def stop(*, message: Message, by: User) -> None:
    """Nothing more is claimed after this; what is in the air still arrives."""
    if take_back(message=message, by=by):
        return
    at_work = [Message.Status.PREPARING, Message.Status.SENDING, Message.Status.PAUSED]
    stopped = Message.objects.filter(pk=message.pk, status__in=at_work, cancel_requested_at=None).update(
        cancel_requested_at=Now()
    )
    if stopped:
        record(gettext_noop("stopped a message"), by=by, subject=message)


@transaction.atomic
def resume(*, message: Message, by: User, shown: str | None = None) -> bool:
    """Go on with a message that waits for a person. Returns whether it does: a second person may have to release it.

    Raises MessageRefused where it waits for something else than a page showed.
    """
    paused = Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED)
    waiting = paused.select_for_update().first()
    if waiting is None:
        return True
    check_is_as_shown(waiting, shown)
    if waiting.paused_reason == Message.PausedReason.SENDER:
        _put_in_name_of(by, paused, waiting)
    free = {"paused_reason": "", "paused_code": None}
    if not waiting.is_frozen:  # it missed its time: its list is judged when it is frozen
        paused.update(status=Message.Status.PREPARING, start_at=Now(), **free)
    elif reason := why_it_waits(waiting):
        paused.update(paused_reason=reason)
        return False
    else:
        paused.update(status=Message.Status.SENDING, uploads=0, **free)
    record(gettext_noop("resumed a message"), by=by, subject=message)
    ring(PUMP)
    return True


def _put_in_name_of(by: User, paused: MessageQuerySet, waiting: Message) -> None:
    """It is theirs from now on; what they released as the second person nobody has released any more."""
    paused.update(sent_by=by, **(NOT_RELEASED if waiting.released_by == by else {}))
    waiting.refresh_from_db()


@transaction.atomic
def make_differ(*, message: Message, by: User, shown: str | None = None) -> bool:
    """Put the time behind the text of what has not gone out, so that WeCom does not swallow it, and go on."""
    addition = f" ({timezone.localtime():%H:%M})"
    if message.paused_reason != Message.PausedReason.SAME_TEXT:
        return resume(message=message, by=by, shown=shown)
    own_texts = message.batches.exclude(content="").values_list("content", flat=True).distinct().iterator()
    longest = max(map(size_of, [message.text, *own_texts]))
    if message.shape.has_words and longest + size_of(addition) > message.shape.most_bytes:
        raise MessageRefused(
            _("With the time behind it the message would be too long. Stop it and send a shorter one.")
        )
    # A picture or file says nothing that could differ: uploaded anew, it has another id.
    Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED).update(addition=addition, media_until=None)
    return resume(message=message, by=by, shown=shown)
