"""What somebody waits for before a message leaves: the page that shows whom it reaches, and Send."""

import time
from statistics import median, quantiles

from django.conf import settings
from django.db import connection

from .counted import statements
from .stand import form_of
from .table import Result

WARM, TURNS = 6, 20
SIZES = (10, 20_000)  # and ten times the school
BARE = (
    "SELECT count(*) FROM people_person JOIN registration_registration "
    "ON registration_registration.person_id = people_person.id"
)


def _sizes(stand):
    return [*SIZES, 10 * stand.people]


def _asked(stand, number):
    """Milliseconds and statements of pressing Send and of the page before, for a message to `number` people."""
    key = ("asked", number)
    if key not in stand.measured:
        stand.school_of(number)
        with stand.portal(workers=0):  # nobody else sends statements, or wants a processor
            stand.measured[key] = _measure(stand, stand.browser())
    return stand.measured[key]


def _measure(stand, browser):
    drafts = [stand.draft() for _ in range(WARM + TURNS)]
    found = {"check": [], "send": [], "bare": []}
    for turn, draft in enumerate(drafts):
        page = f"{settings.PORTAL_URL}/messaging/{draft.pk}"
        before = statements()
        began = time.monotonic()
        shown = browser.get(f"{page}/check/").text
        checked, found["check statements"] = time.monotonic() - began, statements() - before
        form = form_of(shown)
        before = statements()
        began = time.monotonic()
        answer = browser.post(f"{page}/send/", form, allow_redirects=False)
        sent, found["send statements"] = time.monotonic() - began, statements() - before
        assert answer.status_code == 302, answer.text[:500]
        bare = _bare()
        if turn >= WARM:
            for name, seconds in (("check", checked), ("send", sent), ("bare", bare)):
                found[name].append(1000 * seconds)
    return found


def _bare():
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(BARE)
        cursor.fetchone()
    return time.monotonic() - began


def _p95(values):
    return quantiles(values, n=20)[-1]


def sending(stand):
    """How much longer Send takes for the most than for the fewest."""
    each = {number: median(_asked(stand, number)["send"]) for number in _sizes(stand)}
    notes = {f"{number:,} people": f"{milliseconds:.0f} ms" for number, milliseconds in each.items()}
    return Result(max(each.values()) / min(each.values()), list(each.values()), notes)


def statements_of_sending(stand):
    each = [_asked(stand, number)["send statements"] for number in _sizes(stand)]
    return Result(max(each), each)


def checking(stand):
    found = _asked(stand, SIZES[-1])
    return Result(_p95(found["check"]), found["check"], {"statements": found["check statements"]})


def checking_many(stand):
    """Beside one bare count of people joined with registrations."""
    found = _asked(stand, _sizes(stand)[-1])
    bare = median(found["bare"])
    notes = {"p95, ms": round(_p95(found["check"])), "bare count, ms": round(bare)}
    return Result(_p95(found["check"]) / bare, found["check"], notes | {"statements": found["check statements"]})
