"""How long messages are kept: their bytes, their words and files, each call, and who got what. The numbers stay."""

from datetime import timedelta

from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from portal.school.keeping import A_PIECE, DAY, MONTH, YEAR, Kind, keep, oldest

from .models import Attempt, Decision, Delivery, Message, Straggler

# So long the very same bytes may go again, or be compared; afterwards nothing reads them (docs/scale.md).
BYTES_KEPT = timedelta(hours=5)
_MESSAGES = 50  # of one piece


def _ended(age):
    """Those that nothing can move any more, for so long."""
    ended = Message.objects.filter(status__in=[Message.Status.FINISHED, Message.Status.CANCELLED])
    return ended.alias(ended_at=Coalesce("finished_at", "start_at")).filter(ended_at__lt=Now() - age)


def _message_by_message(messages, forget, mark):
    """`forget(message, most)` returns how many rows went; where that is fewer than asked for, all of it is done."""
    gone, met = 0, 0
    for message in messages.order_by("pk")[:_MESSAGES]:
        met, asked = met + 1, A_PIECE - gone
        rows = forget(message, asked)
        gone += rows
        if rows < asked:
            Message.objects.filter(pk=message.pk).update(**{mark: Now()})
        if gone >= A_PIECE:
            break
    return gone, gone >= A_PIECE or met == _MESSAGES


def forget_bytes(age):
    # Where the text was made to differ on purpose, the bytes alone say what went to whom.
    messages = _ended(age).filter(bytes_removed_at=None, addition="")
    return _message_by_message(messages, lambda message, most: _take_out(message, most, body=None), "bytes_removed_at")


def forget_texts(age):
    return _message_by_message(_ended(age).filter(texts_removed_at=None), _forget_text, "texts_removed_at")


def _forget_text(message, most):
    rows = _take_out(message, most, body=None, content="")
    if rows < most:
        message.attachments.all().delete()
        blank = {"text": "", "title": "", "address": "", "addition": "", "sent_back_note": ""}
        Message.objects.filter(pk=message.pk).update(translations={}, articles=[], **blank)
    return rows


def _take_out(message, most, **values):
    """Empty these columns of the message's batches, where they hold anything."""
    holding = message.batches.exclude(**values) if len(values) > 1 else message.batches.filter(body__isnull=False)
    keys = list(holding.order_by("number").values_list("pk", flat=True)[:most])
    return message.batches.filter(pk__in=keys).update(**values)


def forget_calls(age):
    return oldest(Attempt.objects.all(), age, "at")


def forget_people(age):
    return _message_by_message(_ended(age).filter(people_removed_at=None), _forget_people, "people_removed_at")


def _forget_people(message, most):
    if message.final_counts is None:
        Message.objects.filter(pk=message.pk).update(final_counts=message.count())
    keys = list(message.deliveries.order_by("pk").values_list("pk", flat=True)[:most])
    Delivery.objects.filter(pk__in=keys).delete()
    if message.part_count > 1:
        Straggler.objects.filter(pk__in=keys).delete()
    if len(keys) < most:
        message.pupils_missed.all().delete()
        Decision.objects.filter(message=message).delete()
        message.shares.all().delete()
        Message.objects.filter(pk=message.pk).update(audience={}, sent_rule={})
    return len(keys)


keep(Kind("calls of messages, byte by byte", _("The exact bytes of calls to WeCom"), forget_bytes, age=BYTES_KEPT))
keep(Kind("calls", _("When each call to WeCom was made"), forget_calls, setting="keep_calls_days", unit=DAY))
keep(Kind("texts", _("Texts and files of messages"), forget_texts, setting="keep_texts_months", unit=MONTH))
keep(Kind("who got what", _("Who got which message"), forget_people, setting="keep_people_years", unit=YEAR))
