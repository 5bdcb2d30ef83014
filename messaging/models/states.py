"""The states of a batch, and the words every screen has for what became of a delivery."""

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from portal.tones import Shown, States, Tone


class BatchState(models.TextChoices):
    READY = "ready"
    IN_FLIGHT = "in_flight"
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


WAITING = (BatchState.READY, BatchState.UNCERTAIN)
OPEN = (*WAITING, BatchState.IN_FLIGHT)


class State(States):
    """What became of a delivery. Never "delivered" or "read": no receipt exists."""

    WAITING = "waiting", Tone.INFO, _("waiting")
    ACCEPTED = "accepted", Tone.OK, _("accepted by WeCom")
    FAILED = "failed", Tone.BAD, _("refused by WeCom")
    UNKNOWN = "unknown", Tone.WARN, _("unknown")
    CANCELLED = "cancelled", _("not sent, stopped")
    PARTLY = "partly", Tone.WARN, _("in part: a file is missing")


STATE_OF_BATCH: dict[str, State] = {
    BatchState.READY: State.WAITING,
    BatchState.IN_FLIGHT: State.WAITING,
    BatchState.UNCERTAIN: State.WAITING,
    BatchState.ACCEPTED: State.ACCEPTED,
    BatchState.REJECTED: State.FAILED,
    BatchState.UNKNOWN: State.UNKNOWN,
    BatchState.CANCELLED: State.CANCELLED,
}

# Whom the school itself keeps from getting it: problems of deliveries that are nobody's fault.
NOT_TO_GET_IT = ("left", "may_not_receive")


def finished(status, counts):
    """What is shown of a finished message of {state: people}: how many got it, where that is not everybody chosen."""
    chosen, accepted = sum(counts.values()), counts.get(State.ACCEPTED, 0)
    if accepted == chosen:
        return status
    missed = chosen - accepted - sum(counts.get(problem, 0) for problem in NOT_TO_GET_IT)
    words = _("finished: %(accepted)s of %(chosen)s") % {
        "accepted": number_format(accepted, force_grouping=True),
        "chosen": number_format(chosen, force_grouping=True),
    }
    return Shown(Tone.WARN if missed else Tone.OK, words)
