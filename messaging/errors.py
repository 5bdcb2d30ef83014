"""Why a verb was not carried out."""


class MessageRefused(Exception):
    """Its text is a sentence the person can act on."""


class ChangedMeanwhile(MessageRefused):
    """Somebody else saved the draft since it was opened."""
