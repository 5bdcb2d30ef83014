"""How many cases there are of each kind, for pages that show the number alone or want to know whether there are any.

All kinds but one are found by an index. For those registered with a number on somebody else's record everybody is
compared with everybody: in a large school a page takes what the sweeper counted within the last quarter of an hour.
"""

from datetime import timedelta

from django.db.models import BigIntegerField, Case, Exists, Q, Subquery, When
from django.db.models.functions import Now
from django.utils import timezone

from portal import once
from portal.facts.models import DailyFact
from wechat_admin.models import EnterpriseAccount

from ..models import Registration
from ..models.figures import EXACT_UP_TO
from ..models.registration import RegistrationQuerySet

KEPT_FOR = timedelta(minutes=20)
ON_RECORD, ROLL = "people.on anothers record", "people.roll"


def _registrations() -> RegistrationQuerySet:
    return Registration.objects.of_account(EnterpriseAccount.objects.the())


def on_anothers_record(account: EnterpriseAccount) -> int:
    """For the facts of the day."""
    return Registration.objects.of_account(account).on_anothers_record().count()


def _on_anothers_record() -> Case:
    today = DailyFact.objects.filter(day=timezone.localdate(), written_at__gt=Now() - KEPT_FOR)
    is_large = Exists(today.filter(name=ROLL, number__gt=EXACT_UP_TO)) & Exists(today.filter(name=ON_RECORD))
    kept = Subquery(today.filter(name=ON_RECORD).values("number")[:1])
    exact = once.number(_registrations().on_anothers_record())
    return Case(When(Q(is_large), then=kept), default=exact, output_field=BigIntegerField())


PROBLEMS, RECORD, LIMIT, NOTHING_CAME, DISPLACED = FACTS = [
    "cases: problems",
    "cases: on another's record",
    "cases: WeChat's limit",
    "cases: nothing came",
    "cases: displaced",
]
once.fact(PROBLEMS, lambda: once.number(_registrations().problems()))
once.fact(RECORD, _on_anothers_record)
once.fact(LIMIT, lambda: once.number(_registrations().met_the_daily_limit()))
once.fact(NOTHING_CAME, lambda: once.number(_registrations().open().nothing_came()))
once.fact(DISPLACED, lambda: once.number(_registrations().displaced_lately()))


def cases() -> int:
    """How many need somebody; one of two kinds is two."""
    return sum(once.ask(*FACTS).values())
