"""One file brought in by a process of its own, for the memory that it takes: `python -m tests.bench.bringing_alone ROWS`.

It uses the database of whoever starts it, and prints the most that it has held, in MB.
"""

import os
import resource
import sys
import tempfile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup()

from .bringing import bring, lines_of  # noqa: E402


def main(rows):
    with tempfile.NamedTemporaryFile() as file:
        file.writelines(f"{line}\n".encode() for line in lines_of(rows))
        bring(file)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


main(int(sys.argv[1]))
