"""What would be unsafe does not start, and says why in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TENCENT = "https://qyapi.weixin.qq.com"


def start(**values):
    """What a start with these settings says on its last line; "" where it starts."""
    command = [sys.executable, "-c", "import portal.settings"]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | values, capture_output=True, text=True, check=False)
    return ended.stderr.strip().rpartition("\n")[2] if ended.returncode else ""


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY has fewer than"),
        ({"ALLOWED_HOSTS": "portal.school.example,*"}, "ALLOWED_HOSTS is *"),
        ({"DEBUG": "True", "WECOM_API_BASE": TENCENT, "SENDING_TIME_SCALE": "1"}, "DEBUG shows secrets"),
    ],
)
def test_it_does_not_start(values, sentence):
    assert sentence in start(**values)


def test_an_old_secret_key_is_still_believed():
    assert start(SECRET_KEY_FALLBACKS="of-before-0123456789abcdef") == ""
