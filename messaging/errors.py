"""Why a verb was not carried out."""

from .models import Message


class MessageRefused(Exception):
    """Its text is a sentence the person can act on."""


class ChangedMeanwhile(MessageRefused):
    """Somebody saved the draft since it was opened; `draft` is as it stands now."""

    def __init__(self, sentence: str, draft: "Message") -> None:
        super().__init__(sentence)
        self.draft = draft


class DraftGone(MessageRefused):
    """The draft was deleted or sent since it was opened: it is none any more."""
