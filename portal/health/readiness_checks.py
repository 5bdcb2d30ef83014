"""Which of us is silent. The database is not asked here: without it no page is shown, and `/readyz` asks it first."""

from django.db.models import Exists
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import doorbell, once

from .disk import is_nearly_full
from .models import Beat, Heard
from .readiness import OURSELVES, NotReady, check


def _of(process):
    beats = Beat.objects.filter(process=process).exclude(at=None)
    once.fact(f"{process} heard at", lambda: beats.order_by("-at").values("at")[:1])
    once.fact(f"{process} is heard", lambda: Exists(beats.living()))
    return f"{process} heard at", f"{process} is heard"


FACTS = [name for process in Beat.Process for name in _of(process)]


def heard(process):
    """When one of this kind was heard of last, or None."""
    found = once.ask(*FACTS)
    at = found[f"{process} heard at"]
    return at and Heard(at, found[f"{process} is heard"])


@check(OURSELVES, facts=FACTS)
def processes():
    sweeper = _silent(
        heard(Beat.Process.SWEEPER),
        _("The portal's sweeper is not running: scheduled messages do not start, and nothing is tried again."),
    )
    worker = _silent(
        heard(Beat.Process.WORKER), _("The portal's worker is not running: nothing is sent until it does.")
    )
    broker = None
    # A worker that is heard of hears the broker too: it is asked only where the worker is silent, and said before it.
    if worker and not doorbell.answers():
        sentence = _("The portal's broker (Redis) does not answer: nothing is sent until it does, and then by itself.")
        broker, worker = NotReady("away", sentence), NotReady("not heard while the broker is away")
    return {"sweeper": sweeper, "broker": broker, "worker": worker}


@check(OURSELVES)
def disk():
    sentence = _("The portal's disk is nearly full: soon nothing can be saved.")
    return {"disk": NotReady("nearly full", sentence) if is_nearly_full() else None}


def _silent(heard, sentence):
    if heard is None:
        return NotReady("stopped", sentence)
    if heard.is_lately:
        return None
    when = date_format(timezone.localtime(heard.at), "DATETIME_FORMAT")
    last = _("It was last heard of at %(time)s.") % {"time": when}
    return NotReady(f"silent since {heard.at:%Y-%m-%dT%H:%M:%SZ}", f"{sentence} {last}")
