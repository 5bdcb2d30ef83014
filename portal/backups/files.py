"""A backup's file: written aside and put in its place when it is whole, opened piece by piece."""

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from . import manifest
from .databases import Unable
from .sealed import NotReadable, Writer, pieces


def usual_name():
    return settings.VAR_DIR / "backups" / f"portal-{timezone.now():%Y-%m-%dT%H%M%SZ}.backup"


def write(file, said, dump):
    """Never over another file, and never half a file under its name. Raises Unable."""
    try:
        with _aside(file) as aside:
            writer = Writer(aside, settings.BACKUP_KEY)
            writer.write(said.line())
            for piece in dump:
                writer.write(piece)
            writer.finish()
    except FileExistsError:
        raise Unable(f"{file} is there already: a backup never overwrites anything. Name another file.") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unable(f"The disk of {file.parent} is full. Nothing was left there.") from None
        raise Unable(f"{file} cannot be written: {error.strerror}.") from None


@contextmanager
def _aside(file):
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.exists():
        raise FileExistsError
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # nobody else may read it
    try:
        with os.fdopen(descriptor, "wb") as aside:
            yield aside
            aside.flush()
            os.fsync(aside.fileno())
        os.link(name, file)  # fails where somebody has put another there meanwhile
        _keep_names(file.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _keep_names(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(file):
    """(the manifest, the dump's pieces) of a backup. Raises NotReadable, also while the pieces are taken."""
    try:
        with file.open("rb") as sealed:
            stream = pieces(sealed, settings.BACKUP_KEY)
            line, _, rest = next(stream).partition(b"\n")
            yield manifest.read(line), _behind(rest, stream)
    except OSError as error:
        raise NotReadable(f"{file} cannot be read: {error.strerror}.") from None


def _behind(rest, stream):
    yield rest
    yield from stream
