"""The rows of one kind of database, in a process of its own: `python -m tests.bench.sitting FILE ROW …`."""

import json
import os
import sys
import traceback
from pathlib import Path

from . import environment  # first of all: it sets what Django reads

assert environment

import django  # noqa: E402

django.setup()

from .stand import Stand, make_database, say  # noqa: E402
from .table import ROWS  # noqa: E402


def main(file, *names):
    make_database()
    stand = Stand(*(int(os.environ[f"BENCH_{name}"]) for name in ("PEOPLE", "TIMES", "WORKERS")))
    for name in names:
        row = ROWS[name]
        say(f"row {name}: {row.what}")
        load = os.getloadavg()[0]
        try:
            result = row.measure(stand)
        except Exception:  # the others are measured all the same
            traceback.print_exc()
            continue
        line = {"row": name, "value": result.value, "each": result.each, "notes": result.notes}
        with Path(file).open("a") as kept:
            kept.write(json.dumps(line | {"load": [round(load, 1), round(os.getloadavg()[0], 1)]}) + "\n")


main(*sys.argv[1:])
