"""What is said where something else is in the way of a start, and what is waited for."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from portal import processes
from tests.checks import ROOT


@pytest.fixture
def said():
    return []


def test_neighbours_that_are_both_taken_get_a_port_each(said):
    first = socket.create_server(("127.0.0.1", 0))
    wanted = first.getsockname()[1]
    portal = processes.free_port(wanted, "the portal", said.append)
    simulator = processes.free_port(wanted, "the simulator", said.append, but=[portal])
    again = processes.free_port(portal, "the simulator", said.append, but=[portal])
    first.close()
    assert len({wanted, portal, simulator}) == 3 and again != portal
    assert said[0] == f"Port {wanted} is taken; the portal uses {portal}."


def test_a_service_that_is_away_is_waited_for_and_said_once(said, monkeypatch):
    pauses, answers = [], iter([False] * 6 + [True])
    monkeypatch.setattr(processes.time, "sleep", pauses.append)
    processes.wait_for(lambda: next(answers), "Waiting for the database …", said.append)
    assert said == ["Waiting for the database …"] and pauses == [0.5, 1, 2, 4, 8, 8]


def test_in_a_fresh_checkout_the_database_is_not_waited_for(tmp_path):
    address = {"DATABASE_URL": f"sqlite:///{tmp_path}/var/db.sqlite3"}
    command = [sys.executable, "manage.py", "wait"]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | address, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0 and "Waiting for the database" not in ended.stdout + ended.stderr


def test_what_answers_already_is_not_spoken_of(said):
    processes.wait_for(lambda: True, "Waiting …", said.append)
    assert said == []


@pytest.mark.parametrize(("user", "times"), [(0, 1), (1000, 0)])
def test_that_everything_runs_as_root_is_said_once(said, monkeypatch, user, times):
    handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.setattr(processes.os, "getuid", lambda: user)
    processes.Processes({}, said.append)
    for name, handler in handlers.items():
        signal.signal(name, handler)
    assert len([line for line in said if "root" in line]) == times


@pytest.mark.parametrize(
    ("python", "sentence"), [("python9", "There is no program python9."), ("false", "Python 3.11 or newer is needed")]
)
def test_make_without_a_python_that_will_do_says_which_is_needed(python, sentence):
    environment = {"PATH": os.environ["PATH"]}
    ended = subprocess.run(
        ["make", f"PYTHON={python}", "python"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode and ended.stdout.startswith(sentence) and ended.stdout.count("\n") == 1
