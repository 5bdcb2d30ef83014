from datetime import timedelta

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.health.readiness import OURSELVES, NotReady, check
from wechat_admin.models import EnterpriseAccount

from .models import Batch, Message

LATE = timedelta(minutes=2) / settings.SENDING_TIME_SCALE


@check(OURSELVES)
def what_is_due_goes_out():
    return {"oldest due batch": _late()}


def _late():
    """A batch that waits for its turn in a long list is not late: others of the list have gone out meanwhile."""
    late = Batch.objects.due().filter(next_attempt_at__lt=Now() - LATE)
    if not late.exists() or Message.objects.filter(last_served_at__gt=Now() - LATE).exists():
        return None
    account = EnterpriseAccount.objects.sending_allowed().first()
    if account is None:
        return None
    oldest = late.filter(message__in=Message.objects.claimable(account)).aggregate(at=Min("next_attempt_at"))["at"]
    if oldest is None:
        return None
    when = date_format(timezone.localtime(oldest), "DATETIME_FORMAT")
    sentence = _("Messages have been waiting to go out since %(time)s.") % {"time": when}
    return NotReady(f"waiting since {oldest:%Y-%m-%dT%H:%M:%SZ}", sentence)
