"""Which of us is silent. The database is not asked here: without it no page is shown, and `/readyz` asks it first."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import doorbell

from .models import Beat
from .readiness import OURSELVES, NotReady, check


@check(OURSELVES)
def processes():
    heard = Beat.objects.heard()
    sweeper = _silent(
        heard.get(Beat.Process.SWEEPER),
        _("The portal's sweeper is not running: scheduled messages do not start, and nothing is tried again."),
    )
    worker = _silent(
        heard.get(Beat.Process.WORKER), _("The portal's worker is not running: nothing is sent until it does.")
    )
    broker = None
    # A worker that is heard of hears the broker too: it is asked only where the worker is silent, and said before it.
    if worker and not doorbell.answers():
        sentence = _("The portal's broker (Redis) does not answer: nothing is sent until it does, and then by itself.")
        broker, worker = NotReady("away", sentence), NotReady("not heard while the broker is away")
    return {"sweeper": sweeper, "broker": broker, "worker": worker}


def _silent(heard, sentence):
    if heard is None:
        return NotReady("stopped", sentence)
    if heard.is_lately:
        return None
    when = date_format(timezone.localtime(heard.at), "DATETIME_FORMAT")
    last = _("It was last heard of at %(time)s.") % {"time": when}
    return NotReady(f"silent since {heard.at:%Y-%m-%dT%H:%M:%SZ}", f"{sentence} {last}")
