"""A copy of the checkout, in which mutants are tried."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from itertools import accumulate
from pathlib import Path

from .ground import ROOT, their_tests

BEGINS_IN, SHORTEST, TIMES = 30, 10, 5  # seconds; seconds; so many times as long as without a fault is no end
MOST = 30  # seconds of tests for one mutant: what hundreds call, the quick ones notice or nobody
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutate.plugin", "-p", "no:cacheprovider"]


class Copy:
    """`with Copy() as copy: copy.came_to(mutant, part)`. Nothing else is ever written to."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="portal-mutate-"))
        self.root, self.log = self.folder / "checkout", self.folder / "pytest.log"
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, text=True, capture_output=True, check=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)
        self.has_database, self.known = False, {}
        return self

    def __exit__(self, *exception):
        shutil.rmtree(self.folder, ignore_errors=True)

    def come_to(self, chosen):
        """(mutant, what it came to, how many tests were to notice) of [(part, mutant)], as it is found out."""
        tests = {mutant.key: self._tests_of(mutant, part) for part, mutant in chosen}
        together = [mutant for _part, mutant in chosen if tests[mutant.key] and not mutant.function.endswith("::")]
        known = set()
        for mutant, came_to in zip(together, self._together(together, tests), strict=False):
            if came_to:
                known.add(mutant.key)
                yield mutant, came_to, len(tests[mutant.key])
        for part, mutant in chosen:
            if mutant.key not in known:
                yield mutant, *self.came_to(mutant, part)

    def _together(self, mutants, tests):
        """What each came to in a process that has begun once (forked.py), None where it could not be tried there."""
        if not mutants:
            return
        each = [
            {"file": one.file, "mutated": one.mutated, "tests": list(theirs), "seconds": _seconds(theirs)}
            for one, theirs in ((one, tests[one.key]) for one in mutants)
        ]
        (self.folder / "each.json").write_text(json.dumps(each))
        reading, writing = os.pipe()
        files = sorted({test.partition("::")[0] for one in each for test in one["tests"]})
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [*PYTEST, "-p", "tests.mutate.forked", "--reuse-db", "--create-db", *files],
                cwd=self.root,
                env=self._environment() | {"MUTATE_EACH": str(self.folder / "each.json"), "MUTATE_TELL": str(writing)},
                stdout=log,
                stderr=log,
                pass_fds=[writing],
                start_new_session=True,
            )
        os.close(writing)
        try:
            with open(reading) as told:
                for line in told:
                    yield json.loads(line)["came_to"]
        finally:
            _kill(process)

    def came_to(self, mutant, part):
        """("killed" or "lived" or "timed out", how many tests were to notice), in a process of its own."""
        tests = self._tests_of(mutant, part)
        if not tests:
            return "lived", 0
        (self.root / mutant.file).write_text(mutant.mutated)
        (self.folder / "tests.json").write_text(json.dumps(list(tests)))
        try:
            files = sorted({test.partition("::")[0] for test in tests})
            passed = self._pytest(files, BEGINS_IN + _seconds(tests), MUTATE_TESTS="tests.json")
        finally:
            (self.root / mutant.file).write_text(mutant.source)
        return {True: "lived", False: "killed", None: "timed out"}[passed], len(tests)

    def _tests_of(self, mutant, part):
        """{test: seconds} of those that run the function, the quickest first, as many as may; of what an import runs all."""
        everything = mutant.function.endswith("::")
        tests = {
            test: seconds
            for file in their_tests(part)
            for test, (seconds, functions) in self.known.get(file, {"tests": {}})["tests"].items()
            if everything or mutant.function in functions
        }
        quickest = sorted(tests.items(), key=lambda pair: pair[1])
        until = accumulate(seconds for _test, seconds in quickest)
        return dict(pair for pair, passed in zip(quickest, until, strict=True) if passed <= MOST)

    def look_at_tests(self, parts, kept):
        """See what each test calls, of the test files that `kept` (a file) does not know as they are now."""
        self.known = json.loads(kept.read_text()) if kept.exists() else {}
        wanted = {file: _digest(ROOT / file) for part in parts for file in their_tests(part)}
        new = {file: digest for file, digest in wanted.items() if self.known.get(file, {}).get("digest") != digest}
        if not new:
            return
        print(f"{len(new)} test files are run once, to see what they call …", flush=True)
        self._pytest(sorted(new), None, "--maxfail=1000", MUTATE_COVER="cover.json")
        cover = self.folder / "cover.json"
        found = json.loads(cover.read_text()) if cover.exists() else {}
        if not found:  # where no test passes, every fault would live
            sys.exit(self.log.read_text())
        for file, digest in new.items():
            tests = {test: called for test, called in found.items() if test.partition("::")[0] == file}
            self.known[file] = {"digest": digest, "tests": tests}
        kept.write_text(json.dumps(self.known))

    def _pytest(self, files, seconds, *options, **environment):
        """Whether all passed; None where they did not end in time. The database is made once."""
        paths = {name: str(self.folder / file) for name, file in environment.items()}
        database = "--reuse-db" if self.has_database else "--create-db"
        self.has_database = True
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [*PYTEST, "--reuse-db", database, *options, *files],
                cwd=self.root,
                env=self._environment() | paths,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            self.has_database = False  # what the test had written may be in it
            return None
        finally:
            _kill(process)

    def _environment(self):
        """A database of our own, and no options but ours."""
        url = os.environ.get("TEST_DATABASE_URL")
        own = {"TEST_VAR_DIR": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
        return os.environ | own | ({"TEST_DATABASE_URL": f"{url}_mutate"} if url else {})


def _seconds(tests):
    return max(SHORTEST, TIMES * sum(tests.values()))


def _kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and what its tests had started
    process.wait()


def _digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()
