"""What may stand in a name: no control characters, nothing that turns the direction of the text around it.
And in an e-mail address.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

LONGEST_EMAIL = 254  # as mail servers take it; Django's own check lets 320 pass
_TURNS_DIRECTION = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(text: str) -> str:
    """`text` without spaces at its ends. Raises ValidationError for characters a name cannot hold."""
    if any(character in _TURNS_DIRECTION for character in text):
        raise ValidationError(_("A name may not hold marks that turn the direction of writing."))
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValidationError(_("A name may not hold control characters."))
    return " ".join(text.split())


def check_email(text: str) -> str:
    """`text`. Raises ValidationError where no mail server or no column takes it."""
    validate_email(text)
    if len(text) > LONGEST_EMAIL:
        raise ValidationError(
            _("The e-mail address is longer than %(longest)s characters.") % {"longest": LONGEST_EMAIL}
        )
    return text


def without_controls(text: str) -> str:
    """`text` with line ends as \\n and without other control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
