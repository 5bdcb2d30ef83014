from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, Min
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import once
from portal.health.readiness import OURSELVES, NotReady, check
from wechat_admin.models import EnterpriseAccount

from .models import Batch, Message

LATE = timedelta(minutes=2) / settings.SENDING_TIME_SCALE
LATE_FACT = "what is due is late"


def _late_batches():
    return Batch.objects.due().filter(next_attempt_at__lt=Now() - LATE)


# A batch that waits for its turn in a long list is not late: others of the list have gone out meanwhile.
once.fact(
    LATE_FACT,
    lambda: Exists(_late_batches()) & ~Exists(Message.objects.filter(last_served_at__gt=Now() - LATE)),
)


@check(OURSELVES, facts=[LATE_FACT])
def what_is_due_goes_out():
    return {"oldest due batch": _late()}


def _late():
    if not once.answer(LATE_FACT):
        return None
    late = _late_batches()
    account = EnterpriseAccount.objects.sending_allowed().first()
    if account is None:
        return None
    oldest = late.filter(message__in=Message.objects.claimable(account)).aggregate(at=Min("next_attempt_at"))["at"]
    if oldest is None:
        return None
    when = date_format(timezone.localtime(oldest), "DATETIME_FORMAT")
    sentence = _("Messages have been waiting to go out since %(time)s.") % {"time": when}
    return NotReady(f"waiting since {oldest:%Y-%m-%dT%H:%M:%SZ}", sentence)
