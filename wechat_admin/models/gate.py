from datetime import timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Least, Now
from django.utils import timezone

from ..wecom.codes import Meaning, meaning

if TYPE_CHECKING:
    from .account import EnterpriseAccount


BEIJING = ZoneInfo("Asia/Shanghai")  # WeCom's days end there


def _scaled(**duration: float) -> timedelta:
    return timedelta(**duration) / settings.SENDING_TIME_SCALE


SHORTEST_WAIT, LONGEST_WAIT = _scaled(seconds=60), _scaled(minutes=30)
# Nothing has gone through for so long: it is the day's limit. One call an hour then, until the day ends in Beijing.
DAYS_LIMIT_AFTER = DAYS_WAIT = _scaled(hours=1)
TRIAL = _scaled(seconds=30)  # as long as the lease of the one call that is tried after a wait
QUIET = _scaled(minutes=1)
BURST = _scaled(seconds=3)  # so long what was in the air at a halving may still crowd out what began after it


class SendingGateQuerySet(models.QuerySet["SendingGate"]):
    def of(self, account: "EnterpriseAccount") -> Self:
        return self.filter(account=account.pk)

    def begin(self, account: "EnterpriseAccount") -> None:
        """The gate of an account that has none yet. Looked for first: an insert would wait for whoever holds the row."""
        if not self.of(account).exists():
            self.bulk_create([self.model(account=account)], ignore_conflicts=True)

    def open(self) -> Self:
        """Nothing stops sending: not paused, not held, no wait to sit out."""
        return self.filter(Q(wait_until=None) | Q(wait_until__lte=Now()), paused=False, hold_code=None)

    def held(self) -> Self:
        return self.filter(hold_code__isnull=False)

    def to_probe(self) -> Self:
        """Held, and it is time to see whether somebody has put the configuration right."""
        return self.held().filter(Q(probe_at=None) | Q(probe_at__lte=Now()))

    def hold(self, code: int) -> None:
        """Stop sending until the configuration is put right; the first reason stays."""
        self.filter(hold_code=None).update(hold_code=code, hold_since=Now(), probe_at=Now())

    def lift_hold(self) -> None:
        self.held().update(hold_code=None, hold_since=None, probe_at=None)

    def widen(self) -> None:
        """After a quiet minute one connection more, up to the setting's."""
        narrow = self.filter(connections__lt=settings.SENDING_CONNECTIONS, crowded_at__lte=Now() - QUIET)
        narrow.update(connections=F("connections") + 1, crowded_at=Now())


class SendingGate(models.Model):
    """What stands between an account's messages and WeCom: paused, held, waiting, and how many calls at once.

    A row of its own, made with the account, because claims lock it: whoever saves the account, or invites people,
    waits for nobody's sending.

    A call carries the gate as it was when it was claimed. What its answer says of the account counts once: not where
    another answer to a call of the same time has said it already.
    """

    account = models.OneToOneField("wechat_admin.EnterpriseAccount", models.CASCADE, related_name="gate")
    paused = models.BooleanField(db_default=False, default=False)
    hold_code = models.IntegerField(null=True)
    hold_since = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)  # when agent/get is tried next, to lift the hold
    # The limit of calls is reached: until then nothing goes, and then one call first.
    wait_until = models.DateTimeField(null=True)
    waits = models.PositiveSmallIntegerField(db_default=0, default=0)  # in a row, nothing having gone through between
    limited_since = models.DateTimeField(null=True)
    # Calls at once, of all workers together; null: as the setting says.
    connections = models.PositiveSmallIntegerField(null=True)
    halvings = models.PositiveIntegerField(db_default=0, default=0)
    halved_at = models.DateTimeField(null=True)
    crowded_at = models.DateTimeField(null=True)  # when it was last too many, or one more

    objects = SendingGateQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id}: {'held' if self.is_held else 'paused' if self.paused else 'open'}"

    @property
    def is_held(self) -> bool:
        return self.hold_code is not None

    @property
    def hold_meaning(self) -> Meaning | None:
        """The Meaning of what stops sending, or None."""
        return meaning(self.hold_code) if self.is_held else None

    @property
    def is_limited(self) -> bool:
        """WeCom's limit of calls is reached, as far as we know."""
        return self.waits > 0 and self.wait_until is not None and self.wait_until > timezone.now()

    # --- how many at once ---

    @property
    def calls_at_once(self) -> int:
        most = settings.SENDING_CONNECTIONS
        return most if self.connections is None else min(self.connections, most)

    def crowded(self) -> None:
        """Too many calls at once: half as many from now on, once for all that were in the air together."""
        this = SendingGate.objects.filter(pk=self.pk)
        after_the_last_burst = this.filter(Q(halved_at=None) | Q(halved_at__lte=Now() - BURST), halvings=self.halvings)
        half = max(1, self.calls_at_once // 2)
        after_the_last_burst.update(connections=half, halvings=F("halvings") + 1, halved_at=Now())
        this.update(crowded_at=Now())

    # --- how many in a time ---

    def wait(self) -> None:
        """The limit of calls is reached: 60 s, twice as long each time while nothing goes through; by the hour in the end."""
        longer = min(SHORTEST_WAIT * 2 ** min(self.waits, 10), LONGEST_WAIT)
        is_the_days = When(limited_since__lte=Now() - DAYS_LIMIT_AFTER, then=_by_the_hour())
        self._wait(Case(is_the_days, default=Now() + longer, output_field=models.DateTimeField()))

    def wait_for_another_day(self) -> None:
        """The day's limit is reached: one call an hour until the day ends in Beijing."""
        self._wait(_by_the_hour())

    def _wait(self, until: Expression) -> None:
        since = Case(When(limited_since=None, then=Now()), default=F("limited_since"))
        this = SendingGate.objects.filter(pk=self.pk, waits=self.waits)
        this.update(wait_until=until, waits=F("waits") + 1, limited_since=since)

    def begin_trial(self) -> None:
        """One call is tried after a wait; nobody else tries until its answer is there."""
        SendingGate.objects.filter(pk=self.pk, waits=self.waits).update(wait_until=Now() + TRIAL)

    def went_through(self) -> None:
        """A call has gone through: its wait is over, and the next begins short again."""
        if self.waits:
            SendingGate.objects.filter(pk=self.pk, waits=self.waits).update(
                wait_until=None, waits=0, limited_since=None
            )


def _by_the_hour() -> Least:
    tomorrow = timezone.now().astimezone(BEIJING) + timedelta(days=1)
    midnight = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    return Least(Now() + DAYS_WAIT, Value(midnight, output_field=models.DateTimeField()))
