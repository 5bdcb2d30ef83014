"""Worker and sweeper of the last release against the tables of today, alone and beside those of today."""

import json
import subprocess

import pytest

from messaging.demo import make_message
from messaging.models import Batch
from tests.checks import ROOT
from tests.test_chaos_restore import PEOPLE, Portal, arrived, is_finished, school
from tests.workers import wait_until

assert school  # a fixture
pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
COMMIT = json.loads((ROOT / "tests/last_release.json").read_text())["commit"]


def git(*command):
    return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def last_release(tmp_path):
    """Its files, as they were."""
    if git("cat-file", "-e", f"{COMMIT}^{{commit}}").returncode:
        pytest.skip(f"{COMMIT[:10]}, the last release, is not in this clone: fetch its whole history")
    packed = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=True).stdout
    folder = tmp_path / "last release"
    folder.mkdir()
    subprocess.run(["tar", "-x"], cwd=folder, input=packed, check=True)
    return folder


def test_the_last_release_sends_with_the_tables_of_today(school, simulator, last_release):
    with Portal(simulator, folder=last_release):
        message = make_message(school, text="By the last ((name))")
        wait_until(lambda: is_finished(message), 90)
    assert arrived(simulator, "By the last") == [1] * PEOPLE


def test_both_send_side_by_side_and_nobody_has_anything_twice(school, simulator, last_release):
    simulator.rule("slow", call="message/send", seconds=0.1, times=-1)
    with Portal(simulator, folder=last_release), Portal(simulator):
        messages = [make_message(school, text=f"Both {number} ((name))") for number in range(3)]
        wait_until(lambda: all(map(is_finished, messages)), 120)
    for number in range(3):
        assert arrived(simulator, f"Both {number}") == [1] * PEOPLE
    assert not Batch.objects.exclude(state=Batch.State.ACCEPTED).exists()
