"""What somebody waits for who looks: pages of a school that has sent messages for years."""

import time
from statistics import median, quantiles

from django.conf import settings
from django.db import connection

from messaging.demo import make_message
from messaging.models import Message
from portal.facts.tasks import count_the_day

from . import school
from .counted import statements
from .table import Result

WARM, TURNS = 3, 30
EMPTY = "/help/messaging/"  # a page without a list
PEOPLE_OF_A_MESSAGE = 5  # every fifth of the school
FEWER, FEW, MANY = 10, 18, 100  # deliveries a person of the school: 1, 1.8 and 10 million of 100,000 people


def _asked(stand, deliveries):
    """{page: ([milliseconds], statements)} with so many deliveries a person of the school."""
    key = ("pages", deliveries)
    if key not in stand.measured:
        stand.school_of(stand.people)
        messages = deliveries * PEOPLE_OF_A_MESSAGE - Message.objects.filter(is_test=False).count()
        history(stand.author, messages, stand.people // PEOPLE_OF_A_MESSAGE)
        count_the_day()  # as workers do every quarter of an hour
        with stand.portal(workers=0):
            stand.measured[key] = _measure(stand)
    return stand.measured[key]


def history(author, messages, people):
    """So many finished messages to so many people each: nine of ten accepted, the others never registered."""
    for number in range(messages):
        counts = {"accepted": people - people // 10, "not_registered": people // 10}
        message = make_message(
            author, text=f"Message {number}", status=Message.Status.FINISHED, recipients=people, final_counts=counts
        )
        with connection.cursor() as cursor:
            cursor.execute(BATCHES, [message.pk, -(-people // 1000)])
            cursor.execute(DELIVERIES, [message.pk, message.pk, people])
    school.analyze()


BATCHES = """
    INSERT INTO messaging_batch (message_id, number, size, problems, content, urgent, body_sha256, state, attempts,
        maybe_sent, msgid, errcode)
    SELECT %s, n, 1000, 0, '', false, '', 'accepted', 1, false, 'msgid', 0 FROM generate_series(1, %s) AS numbers(n)"""
DELIVERIES = """
    INSERT INTO messaging_delivery (message_id, person_id, userid, batch_id, problem)
    SELECT %s, person.id, CASE WHEN n %% 10 = 0 THEN '' ELSE 'sp-' || person.id END,
        CASE WHEN n %% 10 = 0 THEN NULL ELSE batch.id END, CASE WHEN n %% 10 = 0 THEN 'not_registered' END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people_person) AS person
    JOIN messaging_batch AS batch ON batch.message_id = %s AND batch.number = 1 + (person.n - 1) / 1000
    WHERE n <= %s"""


def _measure(stand):
    browser, found = stand.browser(), {}
    for page in [EMPTY, *_pages(stand.draft(), Message.objects.filter(status=Message.Status.FINISHED).latest("pk"))]:
        each = []
        for turn in range(WARM + TURNS):
            before, began = statements(), time.monotonic()
            answer = browser.get(settings.PORTAL_URL + page)
            taken = 1000 * (time.monotonic() - began)
            assert answer.status_code == 200, (page, answer.status_code)
            if turn >= WARM:
                each.append(taken)
        found[page] = (each, statements() - before)
    return found


def _pages(draft, sent):
    return [
        "/",
        "/people/",
        "/messaging/",
        "/messaging/new/",
        f"/messaging/{draft.pk}/edit/",
        f"/messaging/{sent.pk}/",
        f"/messaging/{sent.pk}/?show=not_registered",
        "/application-setup/registrations/",
        "/application-setup/registrations/?by=form&role=contacts",
    ]


def _p95(values):
    return quantiles(values, n=20)[-1]


def slowest(stand):
    found = _asked(stand, FEW)
    notes = {page: f"{_p95(each):.0f} ms, {queries} statements" for page, (each, queries) in found.items()}
    each = [_p95(each) for page, (each, _queries) in found.items() if page != EMPTY]
    return Result(max(each), each, notes)


def most_statements(stand):
    each = [queries for _each, queries in _asked(stand, FEW).values()]
    return Result(max(each), each)


def many_beside_fewer(stand):
    """The page that suffers most from ten times as many deliveries, each at its median."""
    fewer = _asked(stand, FEWER)
    many = _asked(stand, MANY)
    each = {_name(page): median(times) for page, (times, _queries) in fewer.items()}
    ratios = {_name(page): median(times) / each[_name(page)] for page, (times, _queries) in many.items()}
    return Result(max(ratios.values()), list(ratios.values()), {page: round(r, 2) for page, r in ratios.items()})


def _name(page):
    """Of a page of one message, which of them it is does not matter."""
    return "".join(letter for letter in page if not letter.isdigit())
