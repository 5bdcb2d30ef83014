"""How soon a message's first call is made while others are at work."""

import time
from contextlib import contextmanager
from statistics import median, quantiles

from messaging.demo import make_message
from messaging.models import Message
from messaging.sending.doorbells import PUMP
from portal.doorbell import ring_at_once
from portal.people.models import Person

from . import personal
from .table import Result

EVERY, MOST = 0.3, 40
MARK = "##"  # the server in WeCom's place notes when it saw the ten characters from here on first


def _newcomer(stand, number, person, *, urgent):
    """When it was there to be sent, by the clock that the server has too."""
    mark = f"{MARK}{stand.texts:04}{number:04}"
    rule = {"include": [{"listed": [person], "name": ""}]}
    fields = {"text": f"{mark} Come at once.", "rule": rule, "urgent": urgent}
    make_message(stand.author, **fields, released_by=stand.second if urgent else None)
    made = time.monotonic()
    ring_at_once(PUMP)
    return mark, made


def _delays(stand, is_at_work):
    """{urgent: [seconds to the first call]} of messages that come while `is_at_work`."""
    people = list(Person.objects.exclude(registrations=None).order_by("pk").values_list("pk", flat=True)[:MOST])
    made = {}
    for number, person in enumerate(people):
        if number > 3 and not is_at_work():
            break
        urgent = number % 2 == 1
        mark, at = _newcomer(stand, number, person, urgent=urgent)
        made[mark] = (urgent, at)
        time.sleep(EVERY)
    until = time.monotonic() + 60
    while not made.keys() <= (seen := stand.wecom("stats")["marks"]).keys():
        assert time.monotonic() < until, "some have not left after a minute"
        time.sleep(0.1)
    found = {True: [], False: []}
    for mark, (urgent, at) in made.items():
        found[urgent].append(seen[mark] - at)
    return found


@contextmanager
def _at_work(stand, **fields):
    message = stand.draft(**fields)
    Message.objects.filter(pk=message.pk).update(status=Message.Status.PREPARING)
    ring_at_once(PUMP)

    def status():
        return Message.objects.values_list("status", flat=True).get(pk=message.pk)

    yield status
    Message.objects.filter(pk=message.pk).update(status=Message.Status.CANCELLED)


def _while_sending(stand):
    stand.school_of(personal.PEOPLE)
    with stand.portal(latency=personal.LATENCY), _at_work(stand, text=f"{personal.TEXT}{stand.texts}") as status:
        while status() != Message.Status.SENDING:
            time.sleep(0.1)
        return _delays(stand, lambda: status() == Message.Status.SENDING)


def _while_freezing(stand):
    stand.school_of(10 * stand.people)
    with stand.portal(), _at_work(stand) as status:
        time.sleep(0.5)
        return _delays(stand, lambda: status() == Message.Status.PREPARING)


def _result(stand, key, measure, urgent):
    if key not in stand.measured:
        stand.measured[key] = measure(stand)
    each = stand.measured[key][urgent]
    return Result(quantiles(each, n=20)[-1], each, {"median": round(median(each), 3), "messages": len(each)})


def urgent(stand):
    return _result(stand, "newcomers", _while_sending, urgent=True)


def ordinary(stand):
    return _result(stand, "newcomers", _while_sending, urgent=False)


def urgent_while_freezing(stand):
    return _result(stand, "freezing", _while_freezing, urgent=True)


def ordinary_while_freezing(stand):
    return _result(stand, "freezing", _while_freezing, urgent=False)
