import hashlib
from dataclasses import dataclass, field
from typing import Protocol


def token_key(corporation_id: str, secret: str) -> str:
    """Names the token of one secret without giving either away."""
    return hashlib.sha256(f"{corporation_id}\0{secret}".encode()).hexdigest()


@dataclass(frozen=True)
class AccessToken:
    """A token and which one it is: `gettoken` may hand out the very same string again, so the string does not tell."""

    text: str = field(repr=False)
    generation: int = 0
    is_on_trial: bool = False  # fetched because the one before was refused, and no call of it has succeeded yet


class TokenStore(Protocol):
    """Where access tokens are kept, shared by every process: WeCom blocks those who ask for one with every call."""

    def current(self, key: str) -> AccessToken | None:
        """A token with some life left, or None."""

    def refused(self, key: str) -> int | None:
        """The errcode with which WeCom refused this secret a short while ago, if it did. It is not tried again meanwhile:
        a wrong secret in a loop bans our address from `gettoken` for an hour (doc 91039)."""

    def forget_refusal(self, key: str) -> None:
        """A person has asked for another try: the next call makes one."""

    def may_refresh(self, key: str) -> bool:
        """Take the right to fetch a new token; False where another process has it."""

    def save(self, key: str, token: str, expires_in: int) -> AccessToken: ...

    def refuse(self, key: str, errcode: int) -> None: ...

    def release(self, key: str) -> None:
        """Give the right to fetch back, without a token."""

    def token_refused(self, key: str, generation: int) -> bool:
        """A call with this token was refused: forget it, unless there is a newer one. Whether another may help:
        False where this one was on trial."""

    def token_works(self, key: str, generation: int) -> None:
        """A call with this token has succeeded: its trial is over."""
