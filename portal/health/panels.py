from portal import menu, panels

from . import readiness


@panels.panel(panels.DASHBOARD)
def which_of_us_is_silent(request):
    """For everybody who has work to do here."""
    if not menu.sections_for(request.user):
        return None
    silent = readiness.sentences(readiness.OURSELVES)
    return ("health/silent.html", {"silent": silent}) if silent else None
