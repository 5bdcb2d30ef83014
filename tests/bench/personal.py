"""A text of their own for everybody: a call each, and the calls are the bound."""

from dataclasses import asdict
from statistics import median

from . import floors
from .table import Result

PEOPLE, SLOWLY = 10_000, 2_000
LATENCY, CONNECTIONS = 50, 8
TEXT = "Dear ((name)): no school on day "


def personal_runs(stand, number, latency=0.0):
    key = ("personal", number, latency)
    if key not in stand.measured:
        stand.school_of(number)
        with stand.portal(latency=latency, connections=CONNECTIONS):
            stand.measured[key] = [_run(stand, number, latency) for _ in range(stand.times + 1)][1:]
    return stand.measured[key]


def _run(stand, number, latency):
    message = stand.draft(text=f"{TEXT}{stand.texts}")
    stand.wecom("reset")
    cost = stand.send(message, stand.browser())
    arrived = stand.wecom("stats")
    assert message.counts == {"accepted": number}, message.counts
    assert arrived["people"] == arrived["messages"] == arrived["calls"]["message/send"] == number, arrived
    taken = arrived["last_call_at"] - arrived["first_call_at"]
    run = {"cost": cost, "taken": taken, "at once": arrived["most_at_once"]}
    if not latency:
        run["calls"] = floors.calls([bytes(body) for body in message.batches.values_list("body", flat=True)])
    stand.tidy()
    return run


def personal(stand):
    """From Send to the last state, freezing among it, beside the bare calls."""
    runs = personal_runs(stand, PEOPLE)
    each = [run["cost"].seconds / run["calls"] for run in runs]
    notes = {name: round(median([run[name] for run in runs]), 3) for name in ("calls", "taken")}
    costs = [asdict(run["cost"]) for run in runs]
    return Result(median(each), each, notes | {n: round(median([c[n] for c in costs]), 3) for n in costs[0]})


def personal_slowly(stand):
    """From the first call to the last answer, beside N·L/C."""
    runs = personal_runs(stand, SLOWLY, LATENCY)
    least = SLOWLY * LATENCY / 1000 / CONNECTIONS
    each = [(run["taken"] + LATENCY / 1000) / least for run in runs]
    return Result(median(each), each, {"at once": max(run["at once"] for run in runs)})


def processor_time(stand):
    each = [1000 * run["cost"].cpu / PEOPLE for run in personal_runs(stand, PEOPLE)]
    return Result(median(each), each)
