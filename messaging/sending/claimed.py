"""A batch in flight, from its claim to its settling."""

import uuid
from dataclasses import dataclass, field

from wechat_admin.models import SendingGate
from wechat_admin.wecom.client import Client, SendAnswer
from wechat_admin.wecom.tokens import AccessToken

from .. import routes
from ..models import Batch
from ..routes.outcome import NOT_STARTED, Outcome


@dataclass
class Claimed:
    """A batch in flight under our lease: everything the sending thread and the settling need."""

    pk: int
    message_id: int
    account_key: str
    route: routes.Route
    attempts: int
    body: bytes
    lease: uuid.UUID
    claimed: float  # time.monotonic()
    gate: SendingGate  # as it was then
    client: Client | None = None
    token: AccessToken | None = None
    started: float = 0.0
    milliseconds: float = 0
    answer: SendAnswer | None = None
    outcome: Outcome = field(default=Outcome(NOT_STARTED))
    part_number: int = 1
    span_id: int | None = None
    part_count: int = 1  # of its message

    @property
    def batch(self) -> Batch:
        """Its row, as far as it is known here."""
        return Batch(pk=self.pk, part_number=self.part_number, span_id=self.span_id)

    @property
    def caller(self) -> tuple[Client, AccessToken]:
        """By whom it is called, and with what."""
        if self.client is None or self.token is None:
            raise TypeError("Nobody calls it.")
        return self.client, self.token

    @property
    def accepted(self) -> SendAnswer:
        """What WeCom answered that took it."""
        if self.answer is None:
            raise TypeError("It was not accepted.")
        return self.answer
