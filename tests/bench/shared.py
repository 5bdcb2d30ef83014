"""One text for everybody: Send, freeze, call, settle."""

from dataclasses import asdict
from statistics import median

from . import floors
from .table import Result


def shared_runs(stand, number, latency=0.0):
    """[{"ratio", "copy", "calls", "cost"}] of sending one text to `number` people beside the bare work."""
    key = ("shared", number, latency)
    if key not in stand.measured:
        stand.school_of(number)
        with stand.portal(latency=latency):
            _shared_run(stand, number)  # warms up, and makes the bytes of the bare calls
            stand.measured[key] = [_shared_run(stand, number) for _ in range(stand.times)]
    return stand.measured[key]


def _shared_run(stand, number):
    message, browser = stand.draft(), stand.browser()
    stand.wecom("reset")
    cost = stand.send(message, browser)
    arrived = stand.wecom("stats")
    assert message.counts == {"accepted": number}, message.counts
    assert arrived["people"] == arrived["messages"] == number, arrived
    bodies = [bytes(body) for body in message.batches.order_by("number").values_list("body", flat=True)]
    stand.tidy()
    copied, called = floors.copy(message), floors.calls(bodies)
    return {"ratio": cost.seconds / (copied + called), "copy": copied, "calls": called, "cost": cost}


def _in_all(runs, **more):
    each = [run["ratio"] for run in runs]
    notes = {name: round(median([run[name] for run in runs]), 3) for name in ("copy", "calls")}
    costs = [asdict(run["cost"]) for run in runs]
    notes |= {name: round(median([cost[name] for cost in costs]), 3) for name in costs[0]}
    return Result(median(each), each, notes | more)


def shared(stand):
    return _in_all(shared_runs(stand, stand.people))


def shared_slowly(stand):
    return _in_all(shared_runs(stand, stand.people, latency=50))


def shared_to_ten_times_as_many(stand):
    many = shared_runs(stand, 10 * stand.people)
    fewer = stand.measured.get(("shared", stand.people, 0.0))
    if not fewer:
        return _in_all(many)
    seconds = [median([run["cost"].seconds for run in runs]) for runs in (many, fewer)]
    return _in_all(many, times_row_1=round(seconds[0] / seconds[1], 2))


def processor_time(stand):
    runs = shared_runs(stand, stand.people)
    each = [1000 * run["cost"].cpu / stand.people for run in runs]
    return Result(median(each), each)


def statements(stand):
    each = [1000 * run["cost"].statements / stand.people for run in shared_runs(stand, stand.people)]
    return Result(median(each), each)


def wal(stand):
    """Of the whole server: the least of the turns is nearest to ours alone."""
    each = [run["cost"].wal / stand.people for run in shared_runs(stand, stand.people)]
    return Result(min(each), each)


def on_sqlite(stand):
    """The same on SQLite and the file broker, with one worker."""
    stand.school_of(stand.people)
    each = []
    with stand.portal(workers=1):
        for _ in range(stand.times):
            message = stand.draft()
            each.append(stand.send(message, stand.browser()).seconds)
            assert message.counts == {"accepted": stand.people}, message.counts
    return Result(median(each), each)
