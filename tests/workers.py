"""Worker processes of our own for tests that kill, stop and restart them, and waiting for what they do."""

import sys
import time

WORKER = [
    sys.executable,
    "-m",
    "celery",
    "--quiet",
    "-A",
    "portal",
    "worker",
    "--pool",
    "threads",
    "--concurrency",
    "2",
]
WORKER += ["--without-mingle", "--without-gossip", "--without-heartbeat"]


def wait_until(check, seconds):
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.1)
