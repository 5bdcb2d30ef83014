"""Who looked at pages with the names of others, and who took such lists away.

A view says it with `@shows_names` or `@hands_out_names`, as an act for the trail; `tests/test_who_looked.py` finds the
view that does not. What was shown is written down by its address alone: no name, no search, no text.
"""

from datetime import timedelta
from functools import wraps

from portal.marks import marked

from .actions import record

AGAIN_AFTER = timedelta(minutes=15)


def shows_names(act, *, of="", own=False):
    """The view shows names of others: an entry a person, address and quarter of an hour.

    `act` is as `record` takes it, `of` what the number in the address is ("message"). With `own` the names are the
    reader's own and their children's, so there is an entry only where an administrator is viewing as them. A page that
    saves itself or asks how far something is answers no page, and leaves none.
    """

    def decorate(view):
        @wraps(view)
        def looked_at(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            if _is_page(response) and not (own and request.real_user is None):
                record(act, subject=_subject(of, kwargs), not_within=AGAIN_AFTER, **_who(request))
            return response

        return marked(looked_at, "names_others")

    return decorate


def hands_out_names(act, *, of="", details=None):
    """The view hands out a list of names: an entry each time, and no browser keeps it, though it answer a POST.
    `details` makes some of the request, keys and numbers."""

    def decorate(view):
        @wraps(view)
        def taken_away(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            if response.status_code == 200:
                response.is_handed_out = True
                record(act, subject=_subject(of, kwargs), **_who(request), **(details(request) if details else {}))
            return response

        return marked(taken_away, "names_others")

    return decorate


def _is_page(response):
    return response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")


def _subject(of, kwargs):
    return f"{of} {kwargs['pk']}" if of else ""


def _who(request):
    """An administrator acts for whomever they view as."""
    if request.real_user is None:
        return {"by": request.user}
    return {"by": request.real_user, "on_behalf_of": request.user}
