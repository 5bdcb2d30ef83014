"""Tries many faults in one process that has begun once: each in a fork, put into the functions that are there already.

`MUTATE_EACH` names a file of [{file, mutated, tests, seconds}], and `MUTATE_TELL` is the number of an open pipe into
which goes what each came to, a line each. What is no function's business (a constant, a default) is not tried here: None.
"""

import contextlib
import gc
import json
import os
import resource
import shutil
import signal
import time
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from _pytest.runner import runtestprotocol
from django.db import connection, connections

from .ground import ROOT

_PASSES: dict[str, bool] = {}
WAITS = 4  # times as long as its processor's seconds: a test that waits, on a machine that is busy


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    items = {item.nodeid: item for item in session.items}
    _begin(session.items)
    with open(int(os.environ["MUTATE_TELL"]), "w", buffering=1) as told:
        for fault in json.loads(Path(os.environ["MUTATE_EACH"]).read_text()):
            came_to, by = _came_to(session, fault, [items[test] for test in fault["tests"] if test in items])
            print(json.dumps({"came_to": came_to, "by": by}), file=told)
    return True


def _begin(items):
    """What a session does once, the database among it, is done by a test that asks for it; a copy of the file is kept."""
    first = next(item for item in items if item.get_closest_marker("django_db") or "db" in item.fixturenames)
    other = next((item for item in items if item is not first), None)
    runtestprotocol(first, log=False, nextitem=other)
    connections.close_all()
    if connection.vendor == "sqlite":
        shutil.copy2(connection.settings_dict["NAME"], _kept())


def _kept():
    return f"{connection.settings_dict['NAME']}.kept"


def _came_to(session, fault, items):
    """("lived", "killed" or "timed out"; by which test), or (None, …) where it cannot be tried here."""
    replaced = _replaced(fault)
    if not replaced:
        return None, ""
    while items:
        code, by = _fork(session, items, replaced, fault["seconds"])
        if code != 1 or by is None or _passes(session, by, fault["seconds"]):
            return {0: "lived", 1: "killed"}.get(code, "timed out"), by and by.nodeid
        items = [item for item in items if item is not by]
    return "lived", ""


def _passes(session, item, seconds):
    """Whether it passes in a fork without any fault: what looks at its process may not. Asked once of each."""
    if item.nodeid not in _PASSES:
        _PASSES[item.nodeid] = _fork(session, [item], [], seconds)[0] == 0
    return _PASSES[item.nodeid]


def _fork(session, items, replaced, seconds):
    """(exit code: 0 where all pass, 1 where one fails; which)"""
    if connection.vendor == "sqlite":
        shutil.copy2(_kept(), connection.settings_dict["NAME"])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _try(session, items, replaced, seconds, writing)
    os.close(writing)
    status, until = None, time.monotonic() + WAITS * seconds
    while status is None and time.monotonic() < until:
        done, ended = os.waitpid(child, os.WNOHANG)
        if done:
            status = ended
        else:
            time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # and what it has started
    if status is None:
        os.waitpid(child, 0)
    with open(reading, "rb") as told:
        os.set_blocking(reading, False)
        which = told.read()
    code = None if status is None else os.waitstatus_to_exitcode(status)
    return code, items[int(which)] if which else None


def _try(session, items, replaced, seconds, writing):
    os.setsid()
    used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (used, used + 5))
    failed = True
    try:
        session._setupstate.teardown_exact(items[0])  # folders of the test that was the first of all
        for function, code in replaced:
            function.__code__ = code
        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            failed = any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))
            if failed:
                os.write(writing, str(number).encode())
                break
    finally:
        os._exit(int(failed))


def _replaced(fault):
    """[(function, its new code)] of the one that holds the line; none where it is in no function, or cannot be put there."""
    path = str(ROOT / fault["file"])
    new = dict(_codes(compile(fault["mutated"], path, "exec")))
    old = dict(_codes(compile((ROOT / fault["file"]).read_text(), path, "exec")))
    changed = {place: code for place, code in new.items() if place in old and code != old[place]}
    if len(changed) != 1 or len(new) != len(old):
        return []
    ((place, code),) = changed.items()
    there = [
        function
        for function in gc.get_objects()
        if type(function) is FunctionType
        and _place(function.__code__) == place
        and function.__code__.co_filename == path
    ]
    return [(function, code) for function in there if function.__code__.co_freevars == code.co_freevars]


def _codes(code):
    """(place, code) of each function of a module or a class; one within another is part of it."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & 2:  # CO_NEWLOCALS: a function, not the body of a class
                yield _place(constant), constant
            else:
                yield from _codes(constant)


def _place(code):
    return code.co_qualname, code.co_firstlineno
