"""Which of us is silent. The database is not asked here: without it no page is shown, and `/readyz` asks it first."""

from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import doorbell

from .models import Beat
from .readiness import OURSELVES, NotReady, check


@check(OURSELVES, "sweeper")
def sweeper():
    return _silent(
        Beat.Process.SWEEPER,
        _("The portal's sweeper is not running: scheduled messages do not start, and nothing is tried again."),
    )


@check(OURSELVES, "broker")
def broker():
    """A worker that is heard of hears the broker too: it is asked only where the worker is silent."""
    if _works(Beat.Process.WORKER) or doorbell.answers():
        return None
    return NotReady(
        "away", _("The portal's broker (Redis) does not answer: nothing is sent until it does, and then by itself.")
    )


@check(OURSELVES, "worker")
def worker():
    if _works(Beat.Process.WORKER):
        return None
    if not doorbell.answers():
        return NotReady("not heard while the broker is away")
    return _silent(Beat.Process.WORKER, _("The portal's worker is not running: nothing is sent until it does."))


def _works(process):
    return Beat.objects.living().filter(process=process).exists()


def _silent(process, sentence):
    if _works(process):
        return None
    heard = Beat.objects.filter(process=process).aggregate(at=Max("at"))["at"]
    if heard is None:
        return NotReady("stopped", sentence)
    when = date_format(timezone.localtime(heard), "DATETIME_FORMAT")
    last = _("It was last heard of at %(time)s.") % {"time": when}
    return NotReady(f"silent since {heard:%Y-%m-%dT%H:%M:%SZ}", f"{sentence} {last}")
