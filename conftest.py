import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from wechat_admin.connection import clients as wecom_connection


def pytest_collection_modifyitems(items):
    if not os.environ.get("TEST_DATABASE_URL"):
        reason = "needs a real PostgreSQL: set TEST_DATABASE_URL"
        for item in items:
            if "postgresql" in item.keywords or "chaos" in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory):
    """Pages name their static files by hash, so they are collected as for production."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", "--noinput", verbosity=0)
        yield


class Simulator:
    """A pretend WeCom of our own, spoken to over HTTP only."""

    def __init__(self, address):
        self.address = address

    def control(self, verb, **values):
        requests.post(f"{self.address}/control/{verb}", values, allow_redirects=False, timeout=10).raise_for_status()

    def rule(self, effect, call="*", **values):
        self.control("rule", effect=effect, call=call, **values)

    def scan(self, number):
        answer = requests.post(
            f"{self.address}/scan", {"number": number}, headers={"Accept": "application/json"}, timeout=10
        )
        return answer.json()["answer"]

    def state(self):
        return requests.get(f"{self.address}/control/state.json", timeout=10).json()

    @property
    def members(self):
        return self.state()["members"]

    @property
    def departments(self):
        """{id: name} of those made since the start"""
        return {int(number): name for number, name in self.state()["departments"].items()}

    @property
    def inbox(self):
        """{userid: {text: how often}}"""
        return self.state()["inbox"]

    def calls(self, call):
        """{errcode: how often}"""
        return {int(code): n for code, n in self.state()["calls"].get(call, {}).items()}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("simulator"), free_port()
    environment = os.environ | {"VAR_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-m", "wechat_admin.simulator", str(port)], env=environment, cwd=Path(__file__).parent
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 30
    while True:
        try:
            requests.get(f"{address}/account.json", timeout=1)
            break
        except requests.ConnectionError:
            assert process.poll() is None and time.monotonic() < until, "the simulator does not start"
            time.sleep(0.05)
    yield Simulator(address)
    process.terminate()
    process.wait(10)


@pytest.fixture
def simulator(simulator_process):
    """The simulator, empty, and the portal speaking to it."""
    simulator_process.control("reset")
    forget_connections()
    with override_settings(WECOM_API_BASE=simulator_process.address):
        yield simulator_process
    forget_connections()


def forget_connections():
    """The portal keeps its connections for as long as a process lives; another address needs new ones."""
    wecom_connection.transport.cache_clear()
    wecom_connection.hurried_transport.cache_clear()
    wecom_connection.patient_transport.cache_clear()


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """`with committed(): …` runs what was left for after the commit, such as doorbells."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def doorbells(monkeypatch):
    """The tasks that were rung for, in order, instead of a broker."""
    rung = []
    monkeypatch.setattr("portal.doorbell._publish", rung.append)
    return rung


@pytest.fixture
def is_postgresql(db):
    return connection.vendor == "postgresql"


@pytest.fixture
def two_hosts():
    """A staff site and a families' site with a host each."""
    with override_settings(PORTAL_URL="http://families.example", STAFF_URL="http://staff.example"):
        yield settings
