"""The file around a backup: pieces of a stream, each sealed in its place, so that nothing is missing, changed or moved.

With a key of its own, never one of PORTAL_KEYS: those are changed while old backups stay, whoever carries backups away
need not hold what opens WeCom's secrets, and who loses the one must not lose the other. Without a key the pieces are
only numbered and summed up, and anybody can read them.

Needs no settings: `BACKUP_KEY=… python -m portal.backups.sealed < FILE > STREAM` opens one without a portal.
"""

import hashlib
import hmac
import os
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SEALED, OPEN = b"school portal backup 1: sealed\n", b"school portal backup 1: open\n"
PIECE = 1 << 20
_SALT, _TAG, _LENGTH = 16, 16, 4


class NotReadable(Exception):
    """Its text is a sentence for the operator."""


class _Summed:
    """In the place of a cipher where there is no key."""

    def encrypt(self, place, data, _):
        return data + hashlib.sha256(place + data).digest()[:_TAG]

    def decrypt(self, place, sealed, _):
        data = sealed[:-_TAG]
        if not hmac.compare_digest(self.encrypt(place, data, None), sealed):
            raise InvalidTag
        return data


def _cipher(key, salt):
    # Slow on purpose: the key may be a sentence somebody thought up.
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(key.encode()))


def _place(number, is_last):
    """Each piece opens in its own place only, and the last one as the last."""
    return number.to_bytes(11) + bytes([is_last])


class Writer:
    """`write` what comes; `finish` writes the last piece, without which the file is not whole."""

    def __init__(self, file, key):
        salt = os.urandom(_SALT)
        self._file, self._waiting, self._number = file, bytearray(), 0
        self._cipher = _cipher(key, salt) if key else _Summed()
        file.write((SEALED if key else OPEN) + salt)

    def write(self, data):
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]

    def finish(self):
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, data, is_last):
        sealed = self._cipher.encrypt(_place(self._number, is_last), data, None)
        self._file.write(len(sealed).to_bytes(_LENGTH) + sealed)
        self._number += 1


def pieces(file, key):
    """What was written, piece by piece. Raises NotReadable, also after some pieces: nothing holds before the last."""
    head = file.readline(100)
    if head not in (SEALED, OPEN):
        raise NotReadable("This is no backup of the portal.")
    if head == SEALED and not key:
        raise NotReadable("This backup is sealed, and BACKUP_KEY is empty. Put the key there with which it was made.")
    salt = file.read(_SALT)
    cipher = _cipher(key, salt) if head == SEALED else _Summed()
    number, sealed = 0, _next(file)
    while sealed is not None:
        following = _next(file)
        try:
            yield cipher.decrypt(_place(number, following is None), sealed, None)
        except InvalidTag:
            raise NotReadable(_why(head, number)) from None
        number, sealed = number + 1, following
    if not number:
        raise NotReadable("This backup is cut off: nothing stands behind its first line.")


def _next(file):
    length = file.read(_LENGTH)
    return file.read(int.from_bytes(length)) if length else None


def _why(head, number):
    if head == SEALED and number == 0:
        return "This backup does not open with BACKUP_KEY, or it was damaged or cut off."
    return f"This backup was damaged or cut off: its piece {number + 1} is not what was written."


if __name__ == "__main__":
    try:
        for piece in pieces(sys.stdin.buffer, os.environ.get("BACKUP_KEY", "")):
            sys.stdout.buffer.write(piece)
    except NotReadable as error:
        sys.exit(str(error))
