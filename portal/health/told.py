"""What is not well is told: a check of `readiness.py` is a notice by itself, and adding one adds a notice."""

from datetime import timedelta

from django.conf import settings

from portal.causes import Cause, Kind

from . import readiness

# A restart is over sooner.
PATIENCE = timedelta(minutes=2) / settings.SENDING_TIME_SCALE


def kind_of(name, label, whose, option, address, to_do):
    """The Kind of all checks of `whose`; `address` and `to_do` are of the name of a check."""

    def causes():
        found = readiness.results(whose).items()
        return {check: Cause(urgent=True) for check, result in found if result and result.sentence and result.is_told}

    def sentence(check):
        result = readiness.results(whose).get(check)
        return result.sentence if result and result.sentence else label

    return Kind(name, label, option, causes, sentence, address, to_do=to_do, flutters=True, patience=PATIENCE)
