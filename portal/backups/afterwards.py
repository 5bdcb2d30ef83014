"""The registry of what a restored database must be brought up to, besides its tables.

Apps register functions in `erasing.py`; each does its work and returns a sentence for the operator, or "".
"""

from collections.abc import Callable

_functions: list[Callable[[], str]] = []


def afterwards(function):
    _functions.append(function)
    return function


def everything():
    return list(filter(None, (function() for function in _functions)))
