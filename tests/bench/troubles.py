"""What faults of WeCom, and of our own machine, cost: calls and time, and nobody lost or reached twice."""

import time
from statistics import median

from messaging.models import Batch, Message
from messaging.sending.doorbells import PUMP
from portal.doorbell import ring_at_once

from . import personal
from .table import Result

PEOPLE, SHARED, TURNS = 1_000, 10_000, 9
FAULTS = {"busy": 0.05, "bad gateway": 0.05, "bad gateway after": 0.05, "reset": 0.05, "reset after": 0.05}
PATIENCE = 15  # seconds that the protocol waits after a fault, 5 and then 10


def _send(stand, number, faults, **fields):
    stand.wecom("reset")
    stand.wecom("trouble", **faults)
    message = stand.draft(**fields)
    cost = stand.send(message, stand.browser())
    arrived = stand.wecom("stats")
    assert message.counts == {"accepted": number}, message.counts
    assert arrived["people"] == arrived["messages"] == number, arrived
    return cost.seconds, arrived["calls"]["message/send"]


def calls(stand):
    stand.school_of(PEOPLE)
    with stand.portal():
        seconds, made = _send(stand, PEOPLE, FAULTS, text=f"{personal.TEXT}{stand.texts}")
    return Result(made / PEOPLE, [made / PEOPLE], {"seconds": round(seconds)})


def shared(stand):
    """What is over the waits, beside the same without faults."""
    stand.school_of(SHARED)
    with stand.portal():
        without = median([_send(stand, SHARED, {})[0] for _ in range(3)])
        each = [_send(stand, SHARED, FAULTS)[0] for _ in range(TURNS)]
    notes = {"seconds": round(median(each), 1), "without faults": round(without, 1)}
    return Result(max(0, median(each) - PATIENCE) / without, each, notes)


def _killed(stand):
    """kill -9 of workers and sweeper in the middle of a message: seconds from their restart to the first call, and from
    there until the last of what was in the air has been settled."""
    if "killed" in stand.measured:
        return stand.measured["killed"]
    stand.school_of(personal.SLOWLY)
    with stand.portal(latency=personal.LATENCY):
        message = stand.draft(text=f"{personal.TEXT}{stand.texts}")
        Message.objects.filter(pk=message.pk).update(status=Message.Status.PREPARING)
        ring_at_once(PUMP)
        while message.batches.filter(state=Batch.State.ACCEPTED).count() < personal.SLOWLY / 4:
            time.sleep(0.05)
        stand.kill_and_start_again()
        began = time.monotonic()
        in_the_air = list(message.batches.filter(state=Batch.State.IN_FLIGHT).values_list("pk", flat=True))
        # No worker is up so soon: until then comes what was on its way when its worker was killed.
        on_its_way = began + 2 * personal.LATENCY / 1000
        while (first := stand.wecom("stats")["last_call_at"]) < on_its_way:
            time.sleep(0.02)
        while Batch.objects.filter(pk__in=in_the_air).exclude(state=Batch.State.ACCEPTED).exists():
            time.sleep(0.05)
        settled = time.monotonic()
        stand.until_it_has_ended(message)
        arrived = stand.wecom("stats")
        message.refresh_from_db()
        assert message.counts == {"accepted": personal.SLOWLY}, message.counts
        assert arrived["people"] == arrived["messages"] == personal.SLOWLY, arrived
    found = {"first": first - began, "in the air": settled - first, "how many": len(in_the_air)}
    stand.measured["killed"] = found
    return found


def first_call_after_a_kill(stand):
    found = _killed(stand)
    return Result(found["first"], [found["first"]])


def what_was_in_the_air(stand):
    found = _killed(stand)
    return Result(found["in the air"], [found["in the air"]], {"calls in the air": found["how many"]})
