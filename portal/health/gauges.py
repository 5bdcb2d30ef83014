"""The registry of numbers for whoever watches the server. Apps register functions in `numbers.py`.

All of them are counted from rows when they are asked for: what a process counts by itself is one process's. A function takes
nothing and returns a number, or {label: number}; None where there is nothing to say.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Gauge:
    name: str
    meaning: str
    label: str  # of what each number is; "" where there is one
    values: Callable

    def lines(self):
        """As Prometheus reads them (text format 0.0.4)."""
        yield f"# HELP {self.name} {self.meaning}"
        yield f"# TYPE {self.name} gauge"
        for label, number in self.numbers().items():
            yield f'{self.name}{{{self.label}="{label}"}} {number}' if self.label else f"{self.name} {number}"

    def numbers(self):
        found = self.values()
        if isinstance(found, dict):
            return found
        return {} if found is None else {"": found}


_gauges: dict[str, Gauge] = {}


def gauge(name, meaning, label=""):
    def add(function):
        _gauges[name] = Gauge(f"portal_{name}", meaning, label, function)
        return function

    return add


def gauges():
    return list(_gauges.values())


def seconds(span):
    """A timedelta as a number, or None."""
    return None if span is None else round(span.total_seconds(), 1)
