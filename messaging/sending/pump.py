"""Claim, call, settle: how every batch gets to WeCom once. The reasons stand in docs/sending.md.

The pump's own thread alone touches the database; the sending threads only call.
"""

import logging
import time
from collections import Counter
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection

from portal.away import Service
from portal.database import begin_round
from portal.doorbell import ring_at_once, ring_in
from portal.health.beats import Place, beat, place
from portal.health.models import Beat
from portal.logs import facts
from wechat_admin.connection.clients import sending_client
from wechat_admin.models import EnterpriseAccount, SendingGate
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.errors import TokenBusy, WeComError, WeComMisconfigured, WeComRateLimited
from wechat_admin.wecom.tokens import AccessToken

from ..models import Message
from ..routes import member
from ..routes.outcome import OK, REFUSED
from .claim import claim
from .claimed import Claimed
from .doorbells import PUMP, ring_every_worker
from .pace import PACE
from .senders import Senders
from .settle import settle

log = logging.getLogger(__name__)
# In one line until it is given again: a pump is rung every few seconds.
tokens = Service("WeCom's access token")

# The other workers have looked around, ended the round they were in, and what is too much by now is answered as a rule.
SEEN_AFTER = PACE.look + timedelta(seconds=1)
STAY_FOR = 1.0  # seconds: what is due as soon as this is waited for, the rest is rung for
BUSY = 0.1
CLAIMING = 10  # milliseconds that even a small claim takes
FIRST = 2  # calls of each connection that are claimed first
# Milliseconds' worth of calls claimed before they can begin, and how many at most; where times are divided, so is it.
AHEAD, AHEAD_AT_MOST = min(250, 250 * PACE.start_within.total_seconds()), 1000


class Pump:
    """Sends what is due over this process's share of the connections until nothing is due or its time is up."""

    # What a call takes of late: kept from one pump of this process to the next, which need not find out anew.
    milliseconds: float | None = None

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.until = self.began + PACE.pump.total_seconds()
        self.looked_at = 0.0
        self.has_more = False  # more was due than could be claimed
        self.token_is_busy = False  # another process is fetching it
        self.place = Place(0, 1)
        self.came_to: Counter = Counter()  # {what a call means: how many}
        self.messages: set[int] = set()

    def run(self) -> bool:
        """Returns whether something may be left to do at once."""
        try:
            return self._send_what_is_due()
        finally:
            self._say_what_was_done()

    def _say_what_was_done(self) -> None:
        if self.came_to:
            seconds = round(time.monotonic() - self.began, 1)
            calls = {"calls": self.came_to.total()} | self.came_to
            facts(log, "A send run has ended", messages=sorted(self.messages), seconds=seconds, **calls)

    def _send_what_is_due(self) -> bool:
        with Senders() as senders:
            while True:
                begin_round()
                if time.monotonic() < self.until:
                    self._look_around()
                    self._claim(senders)
                    if self._may_be_idle_soon(senders):
                        self._claim(senders)
                    # At once: the others make room for us as soon as they see us.
                    beat(Beat.Process.WORKER)
                if senders.out:
                    self._end(senders, senders.gather(low=self._enough(senders)))
                elif not self._stay():
                    return time.monotonic() >= self.until

    def _end(self, senders: Senders, group: list[Claimed]) -> None:
        if group:
            _settle_whatever_happens(group)
            self.came_to.update(claimed.outcome.means for claimed in group)
            self.messages.update(claimed.message_id for claimed in group)
            self._heed(group)
            senders.go_on()

    def _look_around(self) -> None:
        """Once a second: which share is ours, and whether others should come."""
        if time.monotonic() < self.looked_at + PACE.look.total_seconds():
            return
        self.looked_at = time.monotonic()
        self.place = place(Beat.Process.WORKER, seen_after=SEEN_AFTER)
        # Another thread freezes and uploads, and another worker sends what is too much for us.
        if self.has_more:
            ring_every_worker()
        elif Message.objects.to_prepare().exists():
            ring_at_once(PUMP)

    def _claim(self, senders: Senders) -> None:
        account = EnterpriseAccount.objects.sending_allowed().select_related("gate").first()
        self.token_is_busy = False
        if account is None or not account.is_linked:
            self.has_more = False
            return
        senders.use(share(account.gate.calls_at_once, self.place))
        room = self._room(senders)
        if senders.waiting > self._low(senders) or room <= 0 or not self._has_work(account):
            return
        client = sending_client(account)
        # Before claiming: a token that cannot be had must not leave batches in the air.
        token = self._token(client, account.gate)
        if token is None:
            self.has_more = False
            return
        claimed = claim(account, room)
        for each in claimed:
            each.client, each.token = client, token
        senders.hand_over(client, token, claimed)
        self.has_more = len(claimed) >= room

    def _room(self, senders: Senders) -> int:
        """How many to claim: all that goes in the next moment, but first what lasts until the next claim is made, where a
        call outlasts a small one."""
        room = senders.number + self._ahead(senders) - senders.out
        if not senders.out and (self.milliseconds is None or self.milliseconds > CLAIMING):
            return min(room, FIRST * senders.number)
        return room

    def _may_be_idle_soon(self, senders: Senders) -> bool:
        """Whether nothing is held that cannot begin yet, while more is due: it is claimed while the first calls run."""
        return self.has_more and self._ahead(senders) > 0 and senders.out <= FIRST * senders.number

    def _ahead(self, senders: Senders) -> int:
        """How many to hold that cannot begin yet: as many as go in the next moment. Slow calls are not claimed ahead."""
        if self.milliseconds is None:
            return 0
        return min(AHEAD_AT_MOST, int(senders.number * AHEAD / max(self.milliseconds, 0.1)))

    def _low(self, senders: Senders) -> int:
        """With no more than so many waiting to begin it is time to claim: by the dozen, not in ones and twos."""
        return self._ahead(senders) // 2

    def _enough(self, senders: Senders) -> int:
        """With no more than so many, answers are gathered no longer. Where all is claimed, nothing is hurried for."""
        return self._low(senders) if self.has_more else -1

    def _has_work(self, account: EnterpriseAccount) -> bool:
        return self.has_more or Message.objects.claimable(account).with_something_due().exists()

    def _token(self, client: Client, gate: SendingGate) -> AccessToken | None:
        try:
            token = client.token()
        except TokenBusy:
            self.token_is_busy = True
        except WeComMisconfigured as error:
            SendingGate.objects.filter(pk=gate.pk).hold(error.code)
        except WeComRateLimited:
            gate.wait()
        except WeComError as error:
            tokens.failed(error)
        else:
            tokens.answered()
            return token
        return None

    def _stay(self) -> bool:
        """With nothing in the air: whether there will be something in a moment, which then is waited for."""
        if time.monotonic() >= self.until:
            return False
        if self.token_is_busy or not self.place.is_seen:
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

    def _next_due(self) -> float | None:
        """In how many seconds something is due that is not due yet, or None."""
        account = EnterpriseAccount.objects.sending_allowed().first()
        if account is None:
            return None
        first = Message.objects.claimable(account).next_due()
        return (first[0] - first[1]).total_seconds() if first else None

    def _heed(self, group: list[Claimed]) -> None:
        """What the answers mean for everything else that waits."""
        self._learn([claimed.milliseconds for claimed in group if claimed.milliseconds])
        for claimed in group:
            outcome, gate = claimed.outcome, claimed.gate
            if outcome.hold:
                SendingGate.objects.filter(pk=gate.pk).hold(outcome.code)
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

    def _learn(self, taken: list[float]) -> None:
        """What calls take of late, a hundred of them or one burst after the other."""
        if taken:
            mean, weight = sum(taken) / len(taken), min(1, len(taken) / 10)
            before = mean if Pump.milliseconds is None else Pump.milliseconds
            Pump.milliseconds = before + weight * (mean - before)

    def _heed_tokens(self, group: list[Claimed]) -> None:
        """A call that succeeded ends its token's trial; a token refused on trial is for a person."""
        for client, token in {claimed.caller for claimed in group if claimed.outcome.means == OK}:
            client.token_works(token)
        refused = {claimed.caller: claimed for claimed in group if claimed.outcome.token}
        for (client, token), claimed in refused.items():
            if not client.token_refused(token):
                SendingGate.objects.filter(pk=claimed.gate.pk).hold(claimed.outcome.code)


def _settle_whatever_happens(group: list[Claimed]) -> None:
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


def share(connections: int, place: Place) -> int:
    """How many of the connections are ours, the `index`th of the living workers in the order in which they began.

    Those that began last come first: one that was killed still counts for a while, and must not keep the connections
    from those that were started in its place. One that began just now has none: the others know nothing of it yet.
    """
    if not place.is_seen:
        return 0
    each, over = divmod(connections, place.living)
    return each + (1 if place.living - 1 - place.index < over else 0)
