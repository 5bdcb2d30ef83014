"""Files by which a process without a port says that it lives: VAR_DIR/alive/NAME, touched again and again."""

import time

from django.conf import settings


def touch(name):
    folder = settings.VAR_DIR / "alive"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()


def age(name):
    """Seconds since the process last said so, or None where it never did."""
    file = settings.VAR_DIR / "alive" / name
    return time.time() - file.stat().st_mtime if file.exists() else None
