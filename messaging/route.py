"""The member route: what one call may hold. Another route would be a module beside this one."""

MOST_RECIPIENTS = 1000  # per call (doc 90236)
MOST_BYTES = 2048  # of a text, UTF-8; what is longer WeCom cuts (doc 90236)
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)


def size_of(text):
    """Bytes as WeCom counts them."""
    return len(text.encode())
