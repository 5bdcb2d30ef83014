"""Notices as messages in WeChat. What they say is written down, so that a second try says the very same."""

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from portal.addresses import Site, absolute

from .letters import language_of
from .models import Note

# More do not fit into one message: the list of notices has them all.
MOST = 5


def write_note(user, notices):
    """A message to this user that says these."""
    return Note.objects.create(user=user, text=_text(user, notices))


def _text(user, notices):
    """With the time: WeCom swallows what says the same as a message of the last hours."""
    with translation.override(language_of(user)):
        lines = [f"{notice.sentence}\n{absolute(Site.STAFF, _address(notice))}" for notice in notices[:MOST]]
        if len(notices) > MOST:
            lines.append(_and_more(len(notices) - MOST))
        return "\n\n".join([*lines, f"({timezone.localtime():%H:%M})"])


def _address(notice):
    return reverse("notice", args=[notice.pk])


def _and_more(number):
    words = ngettext("And %(count)s more:", "And %(count)s more:", number) % {"count": number}
    return f"{words}\n{absolute(Site.STAFF, reverse('notices'))}"
