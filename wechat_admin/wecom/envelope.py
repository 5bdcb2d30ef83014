"""The envelope of WeCom's callbacks (doc 90968): signature, AES-256-CBC, PKCS#7 with block 32, receive id."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import string
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # not AES's 16: library un-padders refuse valid messages
_LETTERS = string.ascii_letters + string.digits


class BadEnvelope(Exception):
    """Not from WeCom, not for us, or damaged. Its text names the test that failed and nothing of the content."""


def new_token() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(32))


def new_aes_key() -> str:
    """43 letters and digits, the base64 of 32 bytes without its "="; drawn until it has no other characters."""
    while True:
        key = base64.b64encode(os.urandom(32)).decode().rstrip("=")
        if key.isalnum():
            return key


class Envelope:
    """Opens and seals for one company: `receive_id` is its corporation id."""

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        self._token, self._receive_id = token, receive_id
        # The 43rd character often carries spare bits, which a strict decoder would refuse.
        self._key = base64.b64decode(aes_key + "=")

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        parts = sorted(part.encode() for part in (self._token, timestamp, nonce, encrypted))
        return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()

    def open(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """The message inside. Raises BadEnvelope."""
        if not hmac.compare_digest(self.sign(timestamp, nonce, encrypted).encode(), signature.encode()):
            raise BadEnvelope("signature")
        try:
            sealed = base64.b64decode(encrypted)
            decryptor = self._cipher().decryptor()
            padded = decryptor.update(sealed) + decryptor.finalize()
        except (binascii.Error, ValueError):
            raise BadEnvelope("cipher") from None
        return self._content(padded)

    def _content(self, padded: bytes) -> bytes:
        pad = padded[-1] if padded else 0
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad or len(padded) - pad < 20:
            raise BadEnvelope("padding")
        plain = padded[:-pad]
        (length,) = struct.unpack(">I", plain[16:20])
        if 20 + length > len(plain):
            raise BadEnvelope("length")
        if plain[20 + length :].decode(errors="replace") != self._receive_id:
            raise BadEnvelope("receive id")
        return plain[20 : 20 + length]

    def seal(self, message: bytes, *, random16: bytes | None = None) -> str:
        """`message` encrypted, as base64."""
        plain = (random16 or os.urandom(16)) + struct.pack(">I", len(message)) + message + self._receive_id.encode()
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
