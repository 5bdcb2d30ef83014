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
    assert value(made, "POSTGRES_PASSWORD").isalnum()
    for name in ("PORTAL_KEYS", "SECRET_KEY", "POSTGRES_PASSWORD"):
        assert value(made, name) != value(again, name)
    assert len(made.splitlines()) == len(example.splitlines())


def test_a_key_that_stands_there_stays():
    assert keys("SECRET_KEY=mine\nPORTAL_KEYS=\n").startswith("SECRET_KEY=mine\nPORTAL_KEYS=")
