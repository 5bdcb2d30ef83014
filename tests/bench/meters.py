"""What a piece of work cost: time, statements, WAL, processor time, memory."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from .counted import statements

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    seconds: float = 0.0
    statements: int = 0
    wal: int = 0  # bytes, of the whole server
    cpu: float = 0.0  # seconds, of all our processes and of the database's for us
    memory: int = 0  # MB, the most that one of our processes has held so far


def cpu_of(pid):
    """Seconds of processor time a process and its threads have had; none where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _most_memory(pid):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


def _asked(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def backends():
    """The database's own processes that work for ours, where they run on this machine."""
    if connection.vendor != "postgresql":
        return []
    pids = _asked("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    return [pid for pid in pids if "postgres" in _command(pid)]


def _command(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _wal():
    if connection.vendor != "postgresql":
        return 0
    return int(_asked("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")[0])


class Meter:
    """`with Meter(pids) as cost: …`. What was claimed of processors by a connection that is closed meanwhile is lost."""

    def __init__(self, pids):
        self.pids = pids

    def __enter__(self):
        self.cost = Cost()
        self.wal, self.statements = _wal(), statements()
        self.cpu = {pid: cpu_of(pid) for pid in (*self.pids, *backends())}
        self.began = time.monotonic()
        return self.cost

    def __exit__(self, *error):
        cost = self.cost
        cost.seconds = cost.seconds or time.monotonic() - self.began
        cost.wal, cost.statements = _wal() - self.wal, statements() - self.statements
        now = {pid: cpu_of(pid) for pid in (*self.pids, *backends())}
        cost.cpu = sum(max(0.0, value - self.cpu.get(pid, 0.0)) for pid, value in now.items())
        cost.memory = max(map(_most_memory, self.pids), default=0)
