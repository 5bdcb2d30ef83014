"""`message/send` to members of the school's account, by whom it is read in WeChat (doc 90236)."""

from collections.abc import Iterable

from django.db.models import Q, Value, When

from portal.people.models.person import PersonQuerySet
from portal.school.table import value
from registration.at_wecom import doubts
from registration.models import Problem as Why
from registration.models import Registration, is_reachable, with_registrations
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom import bodies
from wechat_admin.wecom.codes import Course
from wechat_admin.wecom.errors import WeComError

from ..models import Batch, Delivery, Message
from .outcome import NOT_SENT, REFUSED, UNKNOWN, Outcome

MOST_RECIPIENTS = 1000
DAILY_FOR_EACH_MEMBER = 200  # person-times a day, times the members the account may have (doc 90312)
Problem = Delivery.Problem


USERID = "standing__userid"


def joined(people: PersonQuerySet, account: EnterpriseAccount) -> PersonQuerySet:
    """`people`, each with what says whether a message reaches them."""
    return with_registrations(people, account)


def is_reached() -> Q:
    """Q of those joined whose members WeCom will accept a message for."""
    return is_reachable("standing__")


def not_reached(userids: Iterable[str], account_key: str) -> None:
    """Nothing goes to these members before they are seen again and proven."""
    doubts.not_reached(userids, account_key)


def is_used_up_today() -> bool:
    """Whether by our own count as many person-times are accepted today as WeCom allows; False where we do not know."""
    limit = (value("member_limit") or 0) * DAILY_FOR_EACH_MEMBER
    return bool(limit) and Batch.objects.people_today() >= limit


def obstacles(account: EnterpriseAccount) -> list[When]:
    """What keeps a message from whoever is not reached."""
    withdrawn = Registration.objects.of_account(account).filter(status=Registration.Status.WITHDRAWN)
    return [
        When(standing__problem=Why.REGISTER_AGAIN, then=Value(Problem.REGISTER_AGAIN)),
        When(standing__doubts__gt=0, standing__out_of_range=False, then=Value(Problem.IN_DOUBT)),
        When(standing__out_of_range=True, then=Value(Problem.OUT_OF_RANGE)),
        When(standing__status=Registration.Status.STARTED, then=Value(Problem.NOT_REGISTERED)),
        When(standing__isnull=False, then=Value(Problem.NOT_FOLLOWED)),
        When(pk__in=withdrawn.values("person"), then=Value(Problem.STOPPED)),
    ]


def body_of(batch: Batch, account: EnterpriseAccount, userids: list[str]) -> bytes:
    """The exact bytes of the call, from what the message holds now. The same gives the same bytes."""
    part = batch.part
    return bodies.body(part.kind, account.agent_id, userids, part.content)


# (outcome of the batch, what has to be done besides) for each course of the table (wecom/codes.py).
OUTCOMES: dict[Course, tuple[str, dict]] = {
    Course.REPEAT: (UNKNOWN, {}),
    Course.REPEAT_SOON: (UNKNOWN, {"soon": True}),
    Course.LATER: (NOT_SENT, {}),
    Course.NEW_TOKEN: (NOT_SENT, {"token": True}),
    Course.FEWER_AT_ONCE: (NOT_SENT, {"crowded": True}),
    Course.WAIT: (NOT_SENT, {"wait": True}),
    Course.HOLD: (NOT_SENT, {"hold": True}),
    Course.UPLOAD_AGAIN: (NOT_SENT, {"media": True}),
    Course.UNREACHABLE: (REFUSED, {"nobody": True}),
    Course.REFUSED: (REFUSED, {"pause": Message.PausedReason.CONTENT}),
    Course.ASK: (NOT_SENT, {"pause": Message.PausedReason.CODE}),
}


def outcome_of(error: WeComError) -> Outcome:
    """What a failed `message/send` tells us of the batch, and what it means for the others."""
    kind, besides = OUTCOMES[error.course]
    return Outcome(kind, error.code, error.http_status, **besides)
