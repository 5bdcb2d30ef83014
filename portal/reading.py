"""What browsers send, read in one place each; whatever cannot be meant is None."""

# An id of the database has no more digits, and Python reads no number of thousands of them.
MOST_DIGITS = 18


def read_id(text):
    """The id that stands in a field or an address, or None."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def read_ids(texts):
    """The ids among these, each once."""
    return {pk for pk in map(read_id, texts or []) if pk is not None}
