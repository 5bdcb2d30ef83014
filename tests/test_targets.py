"""What nothing runs by itself would be found broken by whoever needs it: every target and every command is run somewhere."""

import re

import pytest
from django.core.management import get_commands

from tests.checks import ROOT

TARGETS = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
IS_SLOW = re.compile(r"^pytestmark = \[?pytest\.mark\.chaos", re.M)
BY_CI = ("test", "browser", "chaos", "rehearsal", "check")
# Where what the target does is run; the text beside it stands in that file.
BY_A_TEST = {
    "demo": ("tests/browser/conftest.py", '"demo"'),
    "run": ("tests/test_demo_data.py", '"run"'),
    "backup": ("tests/test_backups.py", '"backup"'),
    "restore": ("tests/test_backups.py", '"restore"'),
    "pictures": ("tests/browser/test_help_pictures.py", "TAKE_HELP_PICTURES"),
    "fuzz": (".ci/run", "FUZZ_SECONDS"),
    "clean": ("tests/test_demo_data.py", '"clean"'),
    "data": ("tests/checks.py", "data.written()"),
    "format": ("tests/checks.py", '"--check"'),
    "licences": ("tests/test_dependencies.py", "make licences"),
    "messages": ("tests/checks.py", "_makemessages()"),
    "vendor": ("tests/checks.py", "SHA256SUMS"),
    "lock": ("tests/test_dependencies.py", "requirements.lock"),
    "hooks": ("tests/test_targets.py", "pre-commit"),
}
BY_HAND = {
    "help": "it is what `make` alone says",
    "outages": "each part of it is dead for minutes: half an hour that a person watches",
    "outdated": "it asks a package index, and what it finds is for a person",
    "bench": "it measures, and a busy machine measures nothing; tests/test_bench.py runs its parts",
    "mutate": "it takes hours, and what it finds is for a person",
}
OURS = [name for name, app in get_commands().items() if app.split(".")[0] in ("portal", "wechat_admin", "registration")]


def test_every_target_is_run_by_ci_or_by_a_test_or_says_why_not():
    assert sorted(TARGETS) == sorted([*BY_CI, *BY_A_TEST, *BY_HAND])
    run = (ROOT / ".ci/run").read_text()
    assert [target for target in BY_CI if f"make {target}" not in run] == []
    assert [name for name, (path, text) in BY_A_TEST.items() if text not in (ROOT / path).read_text()] == []


def test_every_slow_test_is_one_of_a_target():
    makefile = (ROOT / "Makefile").read_text()
    slow = [path.name for path in (ROOT / "tests").glob("test_*.py") if IS_SLOW.search(path.read_text())]
    assert slow and [name for name in slow if f"tests/{name}" not in makefile] == []


@pytest.mark.parametrize("command", [name for name in OURS if name != "demo_school"])
def test_every_command_is_called_by_a_test(command):
    tests = [*(ROOT / "tests").rglob("*.py"), *ROOT.glob("*/**/tests/**/*.py"), ROOT / "conftest.py"]
    called = re.compile(rf'call_command\(\s*"{command}"|"manage.py", "{command}"|manage\(\s*"{command}"|\["{command}"')
    # `demo` calls demo_school: it is run with it.
    calling = [path for path in tests if called.search(path.read_text())]
    assert calling, "call it from a test"


def test_the_hooks_are_what_make_check_runs():
    """`make hooks` itself writes into the checkout of whoever asks for it: pre-commit is not run here."""
    hooks = re.findall(r"entry: .venv/bin/(.+)", (ROOT / ".pre-commit-config.yaml").read_text())
    check = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    assert hooks == re.findall(r"\$\(BIN\)/(.+)", check)
