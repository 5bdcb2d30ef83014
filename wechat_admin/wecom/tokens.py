import hashlib
from typing import Protocol


def token_key(corporation_id, secret):
    """Names the token of one secret without giving either away."""
    return hashlib.sha256(f"{corporation_id}\0{secret}".encode()).hexdigest()


class TokenStore(Protocol):
    """Where access tokens are kept, shared by every process: WeCom blocks those who ask for one with every call."""

    def current(self, key: str) -> str | None:
        """A token with some life left, or None."""

    def refused(self, key: str) -> int | None:
        """The errcode with which WeCom refused this secret a short while ago, if it did. It is not tried again meanwhile:
        a wrong secret in a loop bans our address from `gettoken` for an hour (doc 91039)."""

    def forget_refusal(self, key: str) -> None:
        """A person has asked for another try: the next call makes one."""

    def may_refresh(self, key: str) -> bool:
        """Take the right to fetch a new token; False where another process has it."""

    def save(self, key: str, token: str, expires_in: int) -> None: ...

    def refuse(self, key: str, errcode: int) -> None: ...

    def release(self, key: str) -> None:
        """Give the right to fetch back, without a token."""

    def drop(self, key: str, token: str) -> None:
        """Forget this very token; a newer one stays."""
