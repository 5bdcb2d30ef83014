"""The ledger's mark: whether this database knows of everything that has left. The reasons stand in docs/sending.md.

Whatever leaves for a person (a message, a first message, a notice, a letter) asks here:

    with transaction.atomic():
        if not mark.count():
            return              # held, or it cannot be known now
        …                       # claim
    if not mark.write_down():
        …                       # give the claim back
"""

import logging
import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, Max
from django.db.models.functions import Now

from portal import once
from portal.health.models import Beat

from . import outside
from .models import Mark, ThisDatabase
from .open_work import all_open

log = logging.getLogger(__name__)


def _scaled(**duration: float) -> timedelta:
    return timedelta(**duration) / settings.SENDING_TIME_SCALE


# Nothing outside, and nobody heard of for so long: a copy, or both lost.
LOST_AFTER = _scaled(minutes=10)
# Both agree, and nobody heard of for so long: the machine may have been put back as a whole.
ASLEEP_AFTER = _scaled(hours=3)
COMPARED_EVERY = _scaled(minutes=1)


def held() -> bool:
    """Whether nothing may leave now: the mark is held, or nobody can say whether it is true."""
    try:
        number = outside.number_of(Mark.objects.the().name)
    except outside.Away:
        return True
    with transaction.atomic():
        return not _agrees(number)


def count() -> bool:
    """First in the transaction of a claim: raises the number by one. False: nothing may be claimed."""
    try:
        # Before the row, never after it: what stands outside was committed when it was written.
        number = outside.number_of(Mark.objects.the().name)
    except outside.Away:
        return False
    if not _agrees(number):
        return False
    Mark.objects.update(number=F("number") + 1)
    return True


def write_down() -> bool:
    """After the commit of a claim and before the first call. False: nothing that was claimed may be called."""
    mark = Mark.objects.the()
    try:
        outside.raise_to(mark.name, mark.number)
    except outside.Away:
        return False
    return True


HELD = "the mark is held"
once.fact(HELD, lambda: Exists(Mark.objects.exclude(held="")))


def is_held() -> bool:
    """What stands in the row, for pages: nothing outside is asked."""
    return once.answer(HELD)


def hold(why: Mark.Held = Mark.Held.RESTORED) -> None:
    """Let nothing leave until an administrator has released it: what restores a backup calls this first."""
    mark = Mark.objects.the()
    Mark.objects.filter(held="").update(held=why, held_at=Now(), known_until=_last_heard_of(mark))


def sentence_that_holds(why: Mark.Held, known_until: str) -> str:
    """The same as a statement, for whoever puts a backup back: it goes in with the rows, so nobody sees them unheld."""
    table, until = connection.ops.quote_name(Mark._meta.db_table), datetime.fromisoformat(known_until).astimezone(UTC)
    return f"UPDATE {table} SET held = '{why.value}', held_at = CURRENT_TIMESTAMP, known_until = '{until}'"


def is_staging() -> bool:
    """Whether this is a copy to try things on, which speaks to WeCom not at all."""
    return Mark.objects.filter(held=Mark.Held.STAGING).exists()


def release(name: uuid.UUID) -> bool:
    """Begin a new history from here, under another name. Returns whether the mark of this name was held."""
    held_mark = Mark.objects.filter(name=name).exclude(held="")
    fresh = {"name": uuid.uuid4(), "held": "", "held_at": None, "known_until": None}
    if not held_mark.update(**fresh, compared_at=Now(), home=ThisDatabase()):
        return False
    write_down()  # where that is impossible now, the next comparison does it
    return True


def _agrees(number: int | None) -> bool:
    """`number` stands outside. Locks the row, and sets the hold where they cannot both be true."""
    mark = Mark.objects.select_for_update().annotate(now=Now(), here=ThisDatabase()).get()
    if mark.held:
        return False
    if why := _doubt(number, mark):
        hold(why)
        log.error("Nothing is sent until an administrator has released it: %s", why.label)
        return False
    if number is None and not write_down():
        return False
    if mark.home != mark.here or mark.compared_at is None or mark.compared_at < mark.now - COMPARED_EVERY:
        Mark.objects.update(compared_at=Now(), home=mark.here)
    return True


def _doubt(number, mark):
    if number is not None and number > mark.number:
        return Mark.Held.BEHIND
    if mark.home and mark.home != mark.here and all_open():
        return Mark.Held.ELSEWHERE
    patience, why = (LOST_AFTER, Mark.Held.ELSEWHERE) if number is None else (ASLEEP_AFTER, Mark.Held.ASLEEP)
    if mark.compared_at is not None and mark.compared_at >= mark.now - patience:
        return None  # by us, a moment ago
    heard = _last_heard_of(mark)
    if heard is not None and heard < mark.now - patience and all_open():
        return why
    return None


def _last_heard_of(mark):
    """When one of our processes last worked, as far as this database knows, or None.

    Those that began since the last comparison say nothing: they are the ones who ask.
    """
    beats = Beat.objects.all() if mark.compared_at is None else Beat.objects.filter(began_at__lte=mark.compared_at)
    heard = beats.aggregate(at=Max("at"))["at"]
    return max(filter(None, [heard, mark.compared_at]), default=None)
