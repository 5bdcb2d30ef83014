"""How fast messages go out at the moment, and how long the rest will take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import F, Min, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.ledger import mark
from wechat_admin.models import EnterpriseAccount

from .models import Batch

LATELY = timedelta(minutes=1)
ENOUGH = 10  # seconds: of less nobody can tell how it goes on


@dataclass(frozen=True)
class Going:
    """How a message goes at the moment."""

    waiting: int = 0  # people who have not every part yet
    left: int = 0  # people of calls that have not ended: once for each part
    done: int = 0  # the same of those that were accepted lately
    since: datetime | None = None

    @property
    def time_left(self):
        """In words; "" where nobody can know: it has just begun, or nothing goes at the moment."""
        passed = (timezone.now() - self.since).total_seconds() if self.since else 0
        if not self.left or not self.done or passed < ENOUGH or nothing_goes():
            return ""
        minutes = ceil(self.left * passed / self.done / 60)
        if minutes <= 1:
            return _("about a minute left")
        if minutes < 90:
            words = ngettext("about %(number)s minute left", "about %(number)s minutes left", minutes)
            return words % {"number": minutes}
        hours = round(minutes / 60)
        return ngettext("about %(number)s hour left", "about %(number)s hours left", hours) % {"number": hours}


def nothing_goes():
    """Whether somebody, or WeCom, keeps everything from going at the moment."""
    gate = EnterpriseAccount.objects.the().gate
    return mark.is_held() or gate.paused or gate.is_held or gate.is_limited


def going(messages):
    """{key of a message: Going} of those that are being sent, in one question."""
    keys = [message.pk for message in messages if message.is_being_sent and not message.is_stopping]
    if not keys:
        return {}
    is_open = Q(state__in=Batch.OPEN)
    lately = Q(state=Batch.State.ACCEPTED, first_attempt_at__gt=Now() - LATELY)
    asked = Batch.objects.filter(is_open | lately, message__in=keys).order_by().values("message")
    rows = asked.annotate(
        waiting=Sum("size", filter=is_open & Q(part_number=F("message__part_count")), default=0),
        left=Sum("size", filter=is_open, default=0),
        done=Sum(F("size") - F("problems"), filter=lately, default=0),
        since=Min("first_attempt_at", filter=lately),
    )
    return {row["message"]: Going(row["waiting"], row["left"], row["done"], row["since"]) for row in rows}


def time_left(message):
    return going([message]).get(message.pk, Going()).time_left
