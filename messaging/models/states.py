"""The states of a message and of a batch, and the words every screen has for what became of a delivery."""

from collections.abc import Mapping

from django.db import models
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.tones import Shown, States, Tone


class MessageStatus(States):
    DRAFT = "draft", Tone.INFO, _("draft")
    AWAITING = "awaiting", Tone.INFO, _("waiting for release")
    SCHEDULED = "scheduled", Tone.INFO, _("scheduled")
    PREPARING = "preparing", Tone.INFO, _("being prepared")
    SENDING = "sending", Tone.INFO, _("being sent")
    PAUSED = "paused", Tone.WARN, _("paused")
    FINISHED = "finished", Tone.OK, _("finished")
    CANCELLED = "cancelled", _("stopped")


class WhyPaused(models.TextChoices):
    CONTENT = "content", _("WeCom does not accept what it says, or its file.")
    CODE = "code", _("WeCom refused with a code that somebody must look at.")
    SAME_TEXT = (
        "same text",
        _("The same text went to the same people less than five hours ago; WeCom would swallow it."),
    )
    MISSED = "missed", _("It was to go out earlier, and the portal was not running then.")
    LIST_CHANGED = "list changed", _("The list of people has changed since it was released or scheduled.")
    SECOND_PERSON = (
        "second person",
        _("A second person must release it: exactly to the people it would reach now."),
    )
    SENDER = "sender", _("Whoever sent it may not send messages any more.")
    ATTACHMENT = "attachment", _("WeCom does not accept the attachment.")

    @property
    def way_on(self) -> str | Promise:
        """What the button says that goes on."""
        words = {
            self.MISSED: _("Send it now"),
            self.SAME_TEXT: _("Make it differ: add the time"),
            self.LIST_CHANGED: _("Send it to the list as it is now"),
            self.SENDER: _("Send it in my name"),
        }
        return words.get(self, _("Try again"))


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


def finished(status: States, counts: Mapping[str, int]) -> States | Shown:
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
