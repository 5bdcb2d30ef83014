"""The ways a message takes. A route is a module: whom it reaches, how many a call, with what body, what answers mean.

Another one is a module beside `member`, a line here, and its name in the rows of `kinds.py` that it carries.
"""

from collections.abc import Iterable
from typing import Protocol

from django.db.models import Q, When

from portal.people.models.person import PersonQuerySet
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.errors import WeComError

from ..models import Batch, Message
from . import member
from .outcome import Outcome


class Route(Protocol):
    MOST_RECIPIENTS: int  # of one call
    DAILY_FOR_EACH_MEMBER: int  # person-times

    USERID: str  # the path to whom a call names, of people joined

    def joined(self, people: PersonQuerySet, account: EnterpriseAccount) -> PersonQuerySet:
        """`people`, each joined with the one row that says whether and how they are reached."""

    def is_reached(self) -> Q:
        """Q of those joined whom a call may name."""

    def obstacles(self, account: EnterpriseAccount) -> list[When]:
        """What keeps everybody else from being reached, as `When`s, the first that holds being the one."""

    def body_of(self, batch: Batch, account: EnterpriseAccount, userids: list[str]) -> bytes:
        """The exact bytes of a call. The same gives the same."""

    def not_reached(self, userids: Iterable[str], account_key: str) -> None:
        """WeCom has not reached these: nothing more goes to them before somebody has looked."""

    def outcome_of(self, error: WeComError) -> Outcome:
        """What a call that failed tells us."""


_BY_NAME: dict[str, Route] = {"member": member}


def of(message: Message) -> Route:
    return _BY_NAME[message.shape.route]
