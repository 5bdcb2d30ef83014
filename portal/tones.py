"""How a state looks. The enum that has the states says it with their words, so that no page keeps a list of them."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise


class Tone(StrEnum):
    OK = "ok"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "plain"

    @property
    def icon(self):
        return {"ok": "✓", "info": "…", "warn": "!", "bad": "✕", "plain": "–"}[self]


class States(models.TextChoices):
    """TextChoices with a tone: `PAUSED = "paused", Tone.WARN, _("paused")`; plain where none is named."""

    tone: Tone

    def __new__(cls, value, tone=Tone.PLAIN):
        state = str.__new__(cls, value)
        state._value_ = value
        state.tone = tone
        return state


@dataclass(frozen=True)
class Shown:
    """What a page shows as a state although no row holds it."""

    tone: Tone
    label: str | Promise
