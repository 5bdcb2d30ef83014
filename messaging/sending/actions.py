from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring

from ..errors import MessageRefused
from ..kinds import size_of
from ..models import Message
from ..releasing import take_back
from ..tasks import PUMP


@transaction.atomic
def stop(*, message, by):
    """Nothing more is claimed after this; what is in the air still arrives."""
    if take_back(message=message, by=by):
        return
    at_work = [Message.Status.PREPARING, Message.Status.SENDING, Message.Status.PAUSED]
    stopped = Message.objects.filter(pk=message.pk, status__in=at_work, cancel_requested_at=None).update(
        cancel_requested_at=Now()
    )
    if stopped:
        record(gettext_noop("stopped a message"), by=by, subject=f"message {message.pk}")


@transaction.atomic
def resume(*, message, by):
    """Go on with a message that waits for a person."""
    paused = Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED)
    free = {"paused_reason": "", "paused_code": None}
    # One that missed its time has no list yet.
    unfrozen = paused.filter(frozen_digest="").update(status=Message.Status.PREPARING, start_at=Now(), **free)
    if unfrozen or paused.update(status=Message.Status.SENDING, uploads=0, **free):
        record(gettext_noop("resumed a message"), by=by, subject=f"message {message.pk}")
        ring(PUMP)


@transaction.atomic
def make_differ(*, message, by):
    """Put the time behind the text of what has not gone out, so that WeCom does not swallow it, and go on."""
    addition = f" ({timezone.localtime():%H:%M})"
    if message.shape.has_words and size_of(message.text + addition) > message.shape.most_bytes:
        raise MessageRefused(
            _("With the time behind it the message would be too long. Stop it and send a shorter one.")
        )
    # A picture or file says nothing that could differ: uploaded anew, it has another id.
    Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED).update(addition=addition, media_until=None)
    resume(message=message, by=by)
