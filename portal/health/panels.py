from django.utils.translation import gettext as _

from portal import panels
from portal.tones import Shown, Tone

from . import readiness
from .models import Beat
from .readiness_checks import FACTS, heard


@panels.panel(panels.TROUBLE, option=panels.ANY, facts=readiness.facts(readiness.OURSELVES))
def which_of_us_is_silent(request):
    silent = readiness.sentences_on(request, readiness.OURSELVES)
    return ("health/silent.html", {"silent": silent}) if silent else None


@panels.panel(panels.HEALTH, option=panels.ANY, facts=FACTS)
def our_processes(request):
    """Green is only what was heard of a moment ago."""
    return [
        _line(_("Worker, which sends"), heard(Beat.Process.WORKER)),
        _line(_("Sweeper, which starts what is due"), heard(Beat.Process.SWEEPER)),
    ]


def _line(words, heard):
    if heard is None:
        return panels.Line(words, state=Shown(Tone.BAD, _("not running")))
    state = Shown(Tone.OK, _("working")) if heard.is_lately else Shown(Tone.BAD, _("silent"))
    return panels.Line(words, state=state, at=heard.at)
