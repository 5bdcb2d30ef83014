"""Which portal this is: the one place that says so. CHANGELOG.md has a heading for it."""

import subprocess
from functools import cache
from pathlib import Path

VERSION = "1.0.0"


@cache
def commit():
    """The commit it runs from, or "" where nobody knows: an image holds no history."""
    folder = Path(__file__).resolve().parent.parent
    if not (folder / ".git").exists():
        return ""
    try:
        asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
