import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .table import ROWS

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "bench"
DEFAULTS = {"BENCH_PEOPLE": "100000", "BENCH_TIMES": "5", "BENCH_WORKERS": "2"}
OF_THE_SIZE = ("BENCH_PEOPLE", "BENCH_WORKERS")  # only runs of the same are compared


def wanted():
    """The rows asked for by the beginning of their names ("6" is all of row 6); else those that can be measured here."""
    asked = [name.strip() for name in os.environ.get("BENCH_ROWS", "").split(",") if name.strip()]
    names = [name for name in ROWS if name in asked or name.split()[0] in asked] if asked else list(ROWS)
    if not os.environ.get("TEST_DATABASE_URL"):
        print("TEST_DATABASE_URL names no PostgreSQL: only what SQLite can do is measured.")
        names = [name for name in names if ROWS[name].is_small]
    return names


def measure(names, is_small):
    """The results of these rows, in a process whose settings fit."""
    of_its_own = [name for name in names if ROWS[name].is_small == is_small]
    if not of_its_own:
        return []
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        file = Path(folder) / "rows"
        environment = DEFAULTS | os.environ | {"BENCH_SMALL": str(int(is_small)), "TEST_VAR_DIR": folder}
        subprocess.run(
            [sys.executable, "-m", "tests.bench.sitting", str(file), *of_its_own], env=environment, check=False
        )
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def about():
    """Where and of what this was measured."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True, capture_output=True)
    return {
        "commit": commit.stdout.strip(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        **{name: os.environ.get(name, value) for name, value in DEFAULTS.items()},
    }


def earlier():
    """{row: result} of the run to compare with; none where there is none of the same size."""
    files = [Path(os.environ["BENCH_COMPARE"])] if os.environ.get("BENCH_COMPARE") else sorted(KEPT.glob("*.json"))
    for file in reversed(files):
        run = json.loads(file.read_text())
        ours = about()
        if os.environ.get("BENCH_COMPARE") or all(run.get(n, DEFAULTS[n]) == ours[n] for n in OF_THE_SIZE):
            print(f"compared with {run['commit']} of {run['at']}")
            return {result["row"]: result for result in run["rows"]}
    return {}


def line_of(result, before):
    row, value = ROWS[result["row"]], result["value"]
    verdict = "met" if value <= row.target else "NOT MET"
    then = f"{before['value']:>10,.2f}" if before else " " * 10
    load = "–".join(map(str, result["load"]))
    return (
        f"{result['row']:<14}{row.what:<46}{value:>10,.2f} {row.unit:<6}≤{row.target:>8,.2f} {verdict:<8}{then}  {load}"
    )


def main():
    names = wanted()
    before = earlier()
    results = [*measure(names, is_small=False), *measure(names, is_small=True)]
    print(f"\n{'row':<14}{'':<46}{'median':>10} {'':<6}{'target':>9} {'':<8}{'before':>10}  load")
    for result in results:
        print(line_of(result, before.get(result["row"])))
        for name, value in result["notes"].items():
            print(f"{'':<18}{name} {value}")
    KEPT.mkdir(parents=True, exist_ok=True)
    run = about() | {"rows": results}
    file = KEPT / f"{run['at'].replace(':', '')}.json"
    file.write_text(json.dumps(run, indent=1))
    print(f"kept in {file.relative_to(ROOT)}")
    sys.exit(len(results) < len(names))  # one that could not be measured is a fault; one that is too slow is not


main()
