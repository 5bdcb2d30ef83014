import json
import os
import random
from collections import Counter

from .ground import GROUND, ROOT, files
from .mutants import mutants_of
from .trying import Copy

KEPT = ROOT / "var" / "mutate"


def main():
    seed, count = int(os.environ.get("SEED") or 1), int(os.environ.get("COUNT") or 300)
    parts = [part for part in GROUND if part.startswith(tuple(os.environ.get("ONLY", "").split(",")))]
    chosen = _chosen(parts, seed, count)
    KEPT.mkdir(parents=True, exist_ok=True)
    results = _Results(KEPT / "results.json")
    with Copy() as copy:
        copy.look_at_tests(parts, KEPT / "tests.json")
        left = [(part, mutant) for part, mutant in chosen if not results.has(mutant)]
        for number, (mutant, came_to, tests) in enumerate(copy.come_to(left), 1):
            results.add(mutant, came_to, tests)
            print(f"{number} of {len(left)}: {mutant.file}:{mutant.line} {came_to}", flush=True)
    _report([results.of[mutant.key] for _part, mutant in chosen])


def _chosen(parts, seed, count):
    every = [
        (part, mutant)
        for part in parts
        for file in files(part)
        for mutant in mutants_of(file, (ROOT / file).read_text())
    ]
    return random.Random(seed).sample(every, min(count, len(every)))


def _report(results):
    for result in results:
        if result["came_to"] == "lived":
            print(f"\n{result['file']}:{result['line']}, noticed by none of {result['tests']} tests\n{result['diff']}")
    came_to = Counter(result["came_to"] for result in results)
    killed = came_to["killed"] + came_to["timed out"]
    print(f"\nkilled {killed} of {len(results)} ({came_to['timed out']} by time), lived {came_to['lived']}")


class _Results:
    """What is known of mutants, written down after each."""

    def __init__(self, file):
        self.file, self.of = file, json.loads(file.read_text()) if file.exists() else {}
        self.again = os.environ.get("AGAIN") == "1"

    def has(self, mutant):
        known = self.of.get(mutant.key)
        return known and not (self.again and known["came_to"] == "lived")

    def add(self, mutant, came_to, tests):
        written = {"file": mutant.file, "line": mutant.line, "came_to": came_to, "tests": tests, "diff": mutant.diff}
        self.of[mutant.key] = written
        self.file.write_text(json.dumps(self.of, indent=1))


if __name__ == "__main__":
    main()
