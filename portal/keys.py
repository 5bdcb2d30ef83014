"""Fresh keys for a new installation. Needs no settings and no services.

    python -m portal.keys < .env.example > .env     fills in what stands empty there
    python -m portal.keys FOLDER                    a file for each, for NAME_FILE (secrets of a container)

What somebody has chosen stays, so that a second time changes nothing.
"""

import base64
import os
import re
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet

FRESH = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "PORTAL_KEYS": lambda: Fernet.generate_key().decode(),
    "BACKUP_KEY": lambda: secrets.token_urlsafe(48),
    "DATABASE_PASSWORD": lambda: secrets.token_urlsafe(24),
    "REDIS_PASSWORD": lambda: secrets.token_urlsafe(24),
    "METRICS_TOKEN": lambda: secrets.token_urlsafe(24),
}
OF_THE_FILE = ("SECRET_KEY", "PORTAL_KEYS", "BACKUP_KEY")  # the others belong to services that `make demo` does without
USER = 10001  # as whom the portal runs in its container

SHORTEST, FEWEST_CHARACTERS = 20, 8  # a key of fewer is no fresh one
# What examples, templates and hurry write in a key's place.
_EXAMPLES = re.compile(r"change.?(me|this)|insecure|your.?(secret.?)?key", re.IGNORECASE)


def can_be_guessed(key):
    """Whether a key was thought up rather than drawn."""
    return len(key) < SHORTEST or len(set(key)) < FEWEST_CHARACTERS or _EXAMPLES.search(key) is not None


def can_be_guessed_of_fernet(key):
    """The same of a Fernet key: 32 bytes of which hardly two are alike, or somebody has written them."""
    return len(set(base64.urlsafe_b64decode(key))) < FEWEST_CHARACTERS


def filled_in(text):
    for name in OF_THE_FILE:
        # Its characters are those of base64: none has a meaning in what stands for a match.
        text = re.sub(rf"^{name}=[ \t]*$", f"{name}={FRESH[name]()}", text, flags=re.M)
    return text


def write_files(folder):
    """A file for each key that has none, for its reader alone: the portal's user where root makes them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, fresh in FRESH.items():
        try:
            file = os.open(folder / name.lower(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with open(file, "w") as opened:
            opened.write(fresh())
        if os.getuid() == 0:
            os.chown(folder / name.lower(), USER, USER)


if __name__ == "__main__":
    if sys.argv[1:]:
        write_files(Path(sys.argv[1]))
    else:
        sys.stdout.write(filled_in(sys.stdin.read()))
