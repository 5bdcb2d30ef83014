"""The disk beside a process: where the small installation keeps everything, and a container its image and logs."""

import shutil

from django.conf import settings

NEARLY_FULL = 500 * 1024 * 1024  # bytes


def _usage():
    folder = settings.VAR_DIR
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder)


def free_share():
    usage = _usage()
    return usage.free / usage.total


def is_nearly_full():
    return _usage().free < NEARLY_FULL
