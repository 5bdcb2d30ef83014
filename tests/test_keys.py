"""`python -m portal.keys` makes the .env of a new installation, without settings of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[1]


def keys(text):
    bare = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "portal.keys"]
    return subprocess.run(command, input=text, text=True, capture_output=True, check=True, cwd=ROOT, env=bare).stdout


def value(text, name):
    return re.search(rf"^{name}=(.*)$", text, re.M)[1]


def test_the_example_becomes_a_file_with_fresh_keys():
    example = (ROOT / ".env.example").read_text()
    made, again = keys(example), keys(example)
    Fernet(value(made, "PORTAL_KEYS"))
    assert len(value(made, "SECRET_KEY")) >= 50
    for name in ("PORTAL_KEYS", "SECRET_KEY"):
        assert value(made, name) != value(again, name)
    assert len(made.splitlines()) == len(example.splitlines())


def test_a_key_that_stands_there_stays():
    assert keys("SECRET_KEY=mine\nPORTAL_KEYS=\n").startswith("SECRET_KEY=mine\nPORTAL_KEYS=")


def test_a_folder_gets_a_file_for_each_key_that_only_its_reader_opens_and_keeps_what_stands_there(tmp_path):
    folder = tmp_path / "secrets"
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "portal.keys", folder], check=True, cwd=ROOT)
        (folder / "secret_key").write_text("mine")
    files = {file.name: file for file in folder.iterdir()}
    assert sorted(files) == [
        "backup_key",
        "database_password",
        "metrics_token",
        "portal_keys",
        "redis_password",
        "secret_key",
    ]
    assert {file.stat().st_mode & 0o777 for file in files.values()} == {0o600}
    assert files["secret_key"].read_text() == "mine"
    Fernet(files["portal_keys"].read_text())
