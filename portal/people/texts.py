"""What may stand in a name: no control characters, nothing that turns the direction of the text around it."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_TURNS_DIRECTION = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(text):
    """`text` without spaces at its ends. Raises ValidationError for characters a name cannot hold."""
    if any(character in _TURNS_DIRECTION for character in text):
        raise ValidationError(_("A name may not hold marks that turn the direction of writing."))
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValidationError(_("A name may not hold control characters."))
    return " ".join(text.split())


def without_controls(text):
    """`text` with line ends as \\n and without other control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
