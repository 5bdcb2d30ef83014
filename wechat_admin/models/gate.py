from datetime import timedelta

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from ..wecom.codes import meaning

SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=60), timedelta(minutes=30)


class SendingGateQuerySet(models.QuerySet):
    def of(self, account):
        return self.filter(account=account.pk)

    def begin(self, account):
        """The gate of an account that has none yet. Looked for first: an insert would wait for whoever holds the row."""
        if not self.of(account).exists():
            self.bulk_create([self.model(account=account)], ignore_conflicts=True)

    def open(self):
        """Nothing stops sending: not paused, not held, no wait to sit out."""
        return self.filter(Q(wait_until=None) | Q(wait_until__lte=Now()), paused=False, hold_code=None)

    def held(self):
        return self.filter(hold_code__isnull=False)

    def to_probe(self):
        """Held, and it is time to see whether somebody has put the configuration right."""
        return self.held().filter(Q(probe_at=None) | Q(probe_at__lte=Now()))

    def hold(self, code):
        """Stop sending until the configuration is put right; the first reason stays."""
        self.filter(hold_code=None).update(hold_code=code, hold_since=Now(), probe_at=Now())

    def lift_hold(self):
        self.held().update(hold_code=None, hold_since=None, probe_at=None)

    def wait(self):
        """Stop sending for a while: 60 s, doubled with every further refusal up to 30 min."""
        waits = [When(waits=n, then=Value(SHORTEST_WAIT * 2**n)) for n in range(5)]
        wait = Case(*waits, default=Value(LONGEST_WAIT), output_field=models.DurationField())
        self.filter(Q(wait_until=None) | Q(wait_until__lte=Now())).update(wait_until=Now() + wait, waits=F("waits") + 1)

    def nothing_to_wait_for(self):
        """No refusal for a while: the next wait begins short again."""
        self.exclude(waits=0).filter(wait_until__lte=Now() - timedelta(minutes=5)).update(waits=0, wait_until=None)


class SendingGate(models.Model):
    """What stands between an account's messages and WeCom: paused, held, waiting.

    A row of its own, made with the account, because claims lock it: whoever saves the account, or invites people,
    waits for nobody's sending.
    """

    account = models.OneToOneField("wechat_admin.EnterpriseAccount", models.CASCADE, related_name="gate")
    paused = models.BooleanField(db_default=False, default=False)
    hold_code = models.IntegerField(null=True)
    hold_since = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)  # when agent/get is tried next, to lift the hold
    wait_until = models.DateTimeField(null=True)
    waits = models.PositiveSmallIntegerField(db_default=0, default=0)

    objects = SendingGateQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.account_id}: {'held' if self.is_held else 'paused' if self.paused else 'open'}"

    @property
    def is_held(self):
        return self.hold_code is not None

    @property
    def hold_meaning(self):
        """The Meaning of what stops sending, or None."""
        return meaning(self.hold_code) if self.is_held else None
