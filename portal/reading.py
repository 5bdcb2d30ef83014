"""What browsers send, read in one place each: ids, lines, addresses."""

import unicodedata
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

# An id of the database has no more digits, and Python reads no number of thousands of them.
MOST_DIGITS = 18


def read_id(text):
    """The id that stands in a field or an address, or None."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def read_ids(texts):
    """The ids among these, each once."""
    return {pk for pk in map(read_id, texts or []) if pk is not None}


def read_line(text):
    """One line as it was typed, without blanks around it and without control characters."""
    return "".join(c for c in str(text or "") if unicodedata.category(c) != "Cc").strip()


_opens = URLValidator(schemes=["http", "https"])


def read_address(text):
    """An address that a phone can open, or "". Raises ValidationError with a sentence for whoever typed it."""
    text = text.strip()
    scheme, found, rest = text.partition("://")
    if not text:
        return ""
    if not found or scheme.lower() not in ("http", "https"):
        raise ValidationError(_("Write the whole address, with https:// in front."))
    address = f"{scheme.lower()}://{rest}"  # a phone's keyboard begins it with a capital
    try:
        _opens(address)
    except ValidationError:
        raise ValidationError(
            _("No page can stand at this address. Copy it from the browser, without blanks.")
        ) from None
    return address


def holds_nul(request):
    """Whether a NUL stands where nobody types: PostgreSQL stores none, and no address of ours has one."""
    sent = [request.path_info, unquote(request.META.get("QUERY_STRING", "")), *request.COOKIES.values()]
    return any("\0" in text for text in sent)
