"""The states of a batch, and the words every screen has for what became of a delivery."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tones import States, Tone


class BatchState(models.TextChoices):
    READY = "ready"
    IN_FLIGHT = "in_flight"
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


OPEN = (BatchState.READY, BatchState.IN_FLIGHT, BatchState.UNCERTAIN)


class State(States):
    """What became of a delivery. Never "delivered" or "read": no receipt exists."""

    WAITING = "waiting", Tone.INFO, _("waiting")
    ACCEPTED = "accepted", Tone.OK, _("accepted by WeCom")
    FAILED = "failed", Tone.BAD, _("refused by WeCom")
    UNKNOWN = "unknown", Tone.WARN, _("unknown")
    CANCELLED = "cancelled", _("not sent, stopped")


STATE_OF_BATCH: dict[str, State] = {
    BatchState.READY: State.WAITING,
    BatchState.IN_FLIGHT: State.WAITING,
    BatchState.UNCERTAIN: State.WAITING,
    BatchState.ACCEPTED: State.ACCEPTED,
    BatchState.REJECTED: State.FAILED,
    BatchState.UNKNOWN: State.UNKNOWN,
    BatchState.CANCELLED: State.CANCELLED,
}
