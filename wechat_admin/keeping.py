"""How long is kept what WeCom told us."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.school.keeping import A_PIECE, DAY, Kind, keep, oldest

from .models import AutoReply, CallbackEvent


def forget_callbacks(age):
    """But for the last: it says when WeCom was heard of."""
    last = CallbackEvent.objects.order_by("-pk").values("pk")[:1]
    return oldest(CallbackEvent.objects.filter(processed_at__isnull=False).exclude(pk__in=last), age, "received_at")


def forget_replies(age):
    keys = list(AutoReply.objects.filter(on__lt=timezone.localdate() - age).values_list("pk", flat=True)[:A_PIECE])
    AutoReply.objects.filter(pk__in=keys).delete()
    return len(keys), len(keys) == A_PIECE


keep(
    Kind("callbacks", _("What WeCom told the portal"), forget_callbacks, setting="keep_callbacks_days", unit=DAY),
)
keep(Kind("replies", _("Who was answered that nobody reads here"), forget_replies, age=timedelta(days=2)))
