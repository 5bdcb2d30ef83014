"""Claim, call, settle: how every batch gets to WeCom once. The reasons stand in docs/sending.md.

The pump's own thread alone touches the database; the sending threads only call.
"""

import logging
import time

from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from portal.database import begin_round
from portal.doorbell import ring_at_once, ring_in
from portal.health.beats import beat, place
from portal.health.models import Beat
from wechat_admin.connection.clients import sending_client
from wechat_admin.models import EnterpriseAccount, SendingGate
from wechat_admin.wecom.errors import TokenBusy, WeComError, WeComMisconfigured, WeComRateLimited

from ..models import Batch, Message
from ..routes import member
from ..routes.outcome import OK, REFUSED
from .claim import claim
from .pace import PACE
from .senders import Senders
from .settle import settle

log = logging.getLogger(__name__)

PUMP = "messaging.tasks.pump"
LOOK_EVERY = 1  # seconds between looks at what else there is: other workers, messages to freeze
STAY_FOR = 1.0  # seconds: what is due as soon as this is waited for, the rest is rung for
BUSY = 0.1
AHEAD, AHEAD_AT_MOST = 250, 200  # milliseconds' worth of calls claimed before they can begin, and how many at most


class Pump:
    """Sends what is due over this process's share of the connections until nothing is due or its time is up."""

    def __init__(self):
        self.until = time.monotonic() + PACE.pump.total_seconds()
        self.looked_at = 0.0
        self.has_more = False  # more was due than could be claimed
        self.token_is_busy = False  # another process is fetching it
        self.milliseconds = 1000.0  # what a call takes of late
        self.place = (0, 1)

    def run(self):
        """Returns whether something may be left to do at once."""
        with Senders() as senders:
            while True:
                begin_round()
                if time.monotonic() < self.until:
                    self._look_around()
                    self._claim(senders)
                    # At once: the others make room for us as soon as they see us.
                    beat(Beat.Process.WORKER)
                if not senders.out:
                    if not self._stay():
                        return time.monotonic() >= self.until
                    continue
                group = senders.gather()
                _settle_whatever_happens(group)
                self._heed(group)
                senders.go_on()

    def _look_around(self):
        """Once a second: which share is ours, and whether others should come."""
        if time.monotonic() < self.looked_at + LOOK_EVERY:
            return
        self.looked_at = time.monotonic()
        self.place = place(Beat.Process.WORKER)
        # Another thread freezes and uploads, and another worker sends what is too much for us.
        if self.has_more or Message.objects.to_prepare().exists():
            ring_at_once(PUMP)

    def _claim(self, senders):
        account = EnterpriseAccount.objects.sending_allowed().select_related("gate").first()
        self.has_more = self.token_is_busy = False
        if account is None or not account.is_linked:
            return
        senders.use(share(account.gate.calls_at_once, *self.place))
        room = self._ahead(senders.number) - senders.out
        if room <= 0 or not (senders.out or self._has_work(account)):
            return
        client = sending_client(account)
        # Before claiming: a token that cannot be had must not leave batches in the air.
        token = self._token(client, account.gate)
        if token is None:
            return
        claimed = claim(account, room)
        for each in claimed:
            each.client, each.token = client, token
        senders.hand_over(client, token, claimed)
        self.has_more = len(claimed) >= room

    def _ahead(self, number):
        """How many to hold: those in the air, and as many as go in the next moment. Slow calls are not claimed ahead."""
        return number + min(AHEAD_AT_MOST, int(number * AHEAD / max(self.milliseconds, 1)))

    def _has_work(self, account):
        return Batch.objects.due().filter(message__in=Message.objects.claimable(account)).exists()

    def _token(self, client, gate):
        try:
            return client.token()
        except TokenBusy:
            self.token_is_busy = True
        except WeComMisconfigured as error:
            SendingGate.objects.filter(pk=gate.pk).hold(error.code)
        except WeComRateLimited:
            gate.wait()
        except WeComError as error:
            log.warning("No access token: %s", error)
        return None

    def _stay(self):
        """With nothing in the air: whether there will be something in a moment, which then is waited for."""
        if time.monotonic() >= self.until:
            return False
        if self.token_is_busy:
            time.sleep(BUSY)
            return True
        soon = self._next_due()
        if soon is None:
            return False
        if soon > STAY_FOR:
            if soon < PACE.pump.total_seconds():
                ring_in(PUMP, soon)
            return False
        time.sleep(max(soon, 0.01))
        return True

    def _next_due(self):
        """In how many seconds something is due that is not due yet, or None."""
        account = EnterpriseAccount.objects.sending_allowed().first()
        if account is None:
            return None
        waiting = Batch.objects.filter(state__in=[Batch.State.READY, Batch.State.UNCERTAIN], next_attempt_at__gt=Now())
        waiting = waiting.filter(message__in=Message.objects.claimable(account))
        first = waiting.annotate(now=Now()).order_by("next_attempt_at").values_list("next_attempt_at", "now").first()
        return (first[0] - first[1]).total_seconds() if first else None

    def _heed(self, group):
        """What the answers mean for everything else that waits."""
        for claimed in group:
            outcome, gate = claimed.outcome, claimed.gate
            if claimed.milliseconds:
                self.milliseconds += (claimed.milliseconds - self.milliseconds) / 10
            if outcome.hold:
                SendingGate.objects.filter(pk=gate.pk).hold(outcome.errcode)
            elif outcome.wait:
                if member.is_used_up_today():
                    gate.wait_for_another_day()
                else:
                    gate.wait()
            elif outcome.crowded:
                gate.crowded()
            elif outcome.means in (OK, REFUSED):
                gate.went_through()
        self._heed_tokens(group)

    def _heed_tokens(self, group):
        """A call that succeeded ends its token's trial; a token refused on trial is for a person."""
        for client, token in {(claimed.client, claimed.token) for claimed in group if claimed.outcome.means == OK}:
            client.token_works(token)
        refused = {claimed.token: claimed for claimed in group if claimed.outcome.token}
        for token, claimed in refused.items():
            if not claimed.client.token_refused(token):
                SendingGate.objects.filter(pk=claimed.gate.pk).hold(claimed.outcome.errcode)


def _settle_whatever_happens(group):
    """The answers are known here alone: a database that restarts is waited for, as long as a lease lasts."""
    until = time.monotonic() + PACE.lease.total_seconds()
    while True:
        try:
            return settle(group)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > until:
                raise
        time.sleep(BUSY)
        begin_round()


def share(connections, index, living):
    """How many of the connections are ours, the `index`th of the living workers in the order in which they began.

    Those that began last come first: one that was killed still counts for a while, and must not keep the connections
    from those that were started in its place.
    """
    each, over = divmod(connections, living)
    return each + (1 if living - 1 - index < over else 0)
