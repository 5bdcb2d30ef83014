"""What a page shows travels with its form, sealed: whoever presses the button acts on exactly what they saw."""

from django.core import signing
from django.utils.translation import gettext_lazy

CHANGED = gettext_lazy("This has changed since you opened the page, so nothing was done. Look at it again.")
GOOD_FOR = 24 * 3600  # seconds


def seal(value, of):
    """`value` (what JSON can hold) as text for a hidden field. `of` names the page: another page's seal is no good."""
    return signing.dumps(value, salt=of)


def unseal(text, of):
    """The value; None where the text is not ours, was meant for another page, or is older than a day."""
    try:
        return signing.loads(text, salt=of, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError):
        return None
