"""Fresh keys for a new installation: `python -m portal.keys < .env.example > .env`. Needs no settings and no services.

Fills in what stands empty in the text it reads, and leaves what somebody has chosen.
"""

import re
import secrets
import sys

from cryptography.fernet import Fernet

FRESH = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "PORTAL_KEYS": lambda: Fernet.generate_key().decode(),
    # Stands in an address: letters and digits only.
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
}


def filled_in(text):
    for name, fresh in FRESH.items():
        text = re.sub(rf"^{name}=[ \t]*$", lambda _, name=name, fresh=fresh: f"{name}={fresh()}", text, flags=re.M)
    return text


if __name__ == "__main__":
    sys.stdout.write(filled_in(sys.stdin.read()))
