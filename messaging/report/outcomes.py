"""The outcomes that a report's bar shows: everybody chosen, once each."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.tones import Tone

from ..models import Delivery, State

Problem = Delivery.Problem


@dataclass(frozen=True)
class Outcome:
    """Some states that come to the same for a family. It is what `status` shows, and what `?show=` asks for."""

    value: str
    tone: Tone
    label: str | Promise
    states: tuple[str, ...]

    def __str__(self):
        return self.value


# In the order of the bar. Every state is of one outcome (a test looks), so the numbers add up to everybody chosen.
OUTCOMES = (
    Outcome("got", Tone.OK, State.ACCEPTED.label, (State.ACCEPTED,)),
    Outcome("in-part", Tone.WARN, State.PARTLY.label, (State.PARTLY,)),
    Outcome("waits", Tone.INFO, State.WAITING.label, (State.WAITING,)),
    Outcome("in-question", Tone.WARN, _("unknown whether they got it"), (State.UNKNOWN,)),
    Outcome("refused", Tone.BAD, _("WeCom refused"), (State.FAILED, Problem.UNREACHABLE, Problem.UNLICENSED)),
    Outcome("not-reached", Tone.WARN, _("not reached: nothing was sent to them"), Delivery.NOT_REACHED),
    Outcome("not-meant", Tone.PLAIN, _("not to get it, or stopped"), (*Delivery.NOT_TO_GET_IT, State.CANCELLED)),
)
BY_VALUE = {outcome.value: outcome for outcome in OUTCOMES}


@dataclass(frozen=True)
class Stretch:
    """A piece of the bar, in hundredths of its length."""

    outcome: Outcome
    people: int
    start: float
    width: float

    def __str__(self):
        return f"{self.outcome.label}: {self.people}"


def stretches(counts):
    """The bar of {state: people}: a Stretch for every outcome that anybody has."""
    together, start, found = sum(counts.values()), 0, []
    for outcome in OUTCOMES:
        people = sum(counts.get(state, 0) for state in outcome.states)
        if people:
            found.append(Stretch(outcome, people, round(100 * start / together, 2), round(100 * people / together, 2)))
            start += people
    return found
