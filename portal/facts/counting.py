"""What is counted of each day: by a worker, so that a large school keeps the sweeper from none of its other work."""

from collections.abc import Callable
from datetime import timedelta

from .models import DailyFact

AS_OLD_AS = timedelta(minutes=14)
COUNT = "portal.facts.tasks.count_the_day"
_counts: list[tuple[str, Callable]] = []


def counted_daily(prefix):
    """The function writes down the facts whose names begin so, whenever today's have grown old."""

    def add(function):
        _counts.append((prefix, function))
        return function

    return add


def grown_old():
    """What must be counted again, in the order in which it is: a query each."""
    return [function for prefix, function in _counts if not DailyFact.objects.is_fresh(prefix, AS_OLD_AS)]
