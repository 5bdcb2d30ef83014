"""What a page says before letters leave: their words, how many, and why the others get none."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from portal.languages import in_each
from portal.seals import seal, unseal

from ..codes.characters import LENGTH
from ..letters import INVITATION, REMINDER, WORDS
from .actions import digest
from .invitees import Outcome, count, hindered, to_write_to

_LETTERS = "the letters that were shown"
TITLES = {
    (INVITATION, "family"): _("The invitation to parents, contacts and pupils"),
    (INVITATION, "staff"): _("The invitation to staff"),
    (REMINDER, "family"): _("The reminder to parents, contacts and pupils"),
    (REMINDER, "staff"): _("The reminder to staff"),
}


def letters_shown(people, back):
    """The context of these people (with their outcome); `back` is the address of the page."""
    written_to, found = to_write_to(people), count(people)
    reminders = sum(before for _pk, _family, before in written_to)
    letters = sorted(
        {(REMINDER if before else INVITATION, "family" if family else "staff") for _pk, family, before in written_to}
    )
    return {
        "to_invite": len(written_to),
        "reminders": reminders,
        "firsts": len(written_to) - reminders,
        "fates": [(outcome.label, found[outcome]) for outcome in Outcome if outcome != Outcome.GETS_EMAIL],
        "together": found.total(),
        "hindered": hindered(people),
        "letters": [(TITLES[kind, whom], in_each(partial(_preview, kind, whom))) for kind, whom in letters],
        "letters_to_me": seal([letters, back], _LETTERS),
        "digest": digest(people),
    }


def _preview(kind, whom):
    """With a code of nobody's, as whoever has no password gets it."""
    return "\n\n".join(WORDS[kind](whom, "…", "·" * LENGTH))


def letters_of(text):
    """(the letters [(kind, whom)], the page's address) of what was sealed, or None."""
    return unseal(text, _LETTERS)
