"""What pytest does for us, in a process of its own: `MUTATE_COVER` names the file into which it writes which test calls
which function and how long it takes, `MUTATE_TESTS` the file that says which tests to run, the quickest first."""

import json
import os
from pathlib import Path

import coverage
import pytest
from django.conf import settings

from .ground import GROUND, ROOT, files
from .mutants import function_at

name, chosen = os.environ.get("MUTATE_COVER"), os.environ.get("MUTATE_TESTS")


def pytest_configure(config):
    if settings.SMALL_DATABASE:  # a file, so that it can be used again
        database = settings.DATABASES["default"]
        database.setdefault("TEST", {})["NAME"] = f"{database['NAME']}-test"  # others may have read the rest of it
    if name:
        config.pluginmanager.register(Covering())


class Covering:
    def __init__(self):
        self.seconds, self.failed = {}, set()
        self.ground = [str(ROOT / file) for part in GROUND for file in files(part)]
        self.coverage = coverage.Coverage(data_file=None, config_file=False, include=self.ground)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self):
        self.coverage.stop()
        found = {test: [seconds, set()] for test, seconds in self.seconds.items() if test not in self.failed}
        data = self.coverage.get_data()
        for file in data.measured_files():
            source, called = Path(file).read_text(), Path(file).relative_to(ROOT).as_posix()
            for line, tests in data.contexts_by_lineno(file).items():
                for test in found.keys() & tests:
                    found[test][1].add(f"{called}::{function_at(source, line)}")
        Path(name).write_text(
            json.dumps({test: [seconds, sorted(functions)] for test, (seconds, functions) in found.items()})
        )


if chosen:

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(items):
        """Before pytest-django, which puts those behind that empty the tables."""
        place = {test: n for n, test in enumerate(json.loads(Path(chosen).read_text()))}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])
        return (yield)
