"""Claim, call, settle: how every batch gets to WeCom once. The reasons stand in docs/sending.md.

The pump's own thread alone touches the database; the sending threads only call.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from django.conf import settings

from portal.database import begin_round
from portal.health.beats import beat
from portal.health.models import Beat
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount, SendingGate
from wechat_admin.wecom.errors import WeComError, WeComMisconfigured, WeComRateLimited

from ..models import Batch, Message
from ..routes.outcome import OK, UNKNOWN, Outcome
from .claim import Claimed, claim
from .pace import PACE
from .settle import settle

log = logging.getLogger(__name__)


def call(client, token, claimed: Claimed):
    """In a sending thread: one call, no database."""
    if time.monotonic() - claimed.claimed > PACE.start_within.total_seconds():
        return claimed
    started = time.monotonic()
    try:
        claimed.answer = client.send_message_with(token, claimed.body)
        claimed.outcome = Outcome(OK, 0)
    except WeComError as error:
        claimed.outcome = claimed.route.outcome_of(error)
    except Exception as exception:  # whatever it was, the call may have left
        log.error("A sending thread failed: %s", type(exception).__name__)
        claimed.outcome = Outcome(UNKNOWN)
    claimed.milliseconds = int(1000 * (time.monotonic() - started))
    return claimed


class Pump:
    """Sends what is due through C connections until nothing is due or its time is up."""

    def __init__(self):
        self.connections = settings.SENDING_CONNECTIONS
        self.until = time.monotonic() + PACE.pump.total_seconds()
        self.token = ""
        self.gate = SendingGate.objects.none()  # of the account that is being sent for
        self.token_refused = False  # the last token was refused, and nothing has gone through since

    def run(self):
        """Returns whether something may be left to do at once."""
        running = set()
        with ThreadPoolExecutor(self.connections, thread_name_prefix="sending") as threads:
            while True:
                begin_round()
                if len(running) < self.connections and time.monotonic() < self.until:
                    running |= self._start(threads, 2 * self.connections - len(running))
                if not running:
                    return time.monotonic() >= self.until
                done, running = wait(running, return_when=FIRST_COMPLETED)
                group = [future.result() for future in done]
                settle(group)
                beat(Beat.Process.WORKER)
                self._heed(group)

    def _start(self, threads, limit):
        account = EnterpriseAccount.objects.sending_allowed().first()
        if account is None or not account.is_linked or not self._has_work(account):
            return set()
        self.gate = SendingGate.objects.of(account)
        client = application_client(account)
        # Before claiming: a token that cannot be had must not leave batches in the air.
        if not self._fetch_token(client):
            return set()
        return {threads.submit(call, client, self.token, claimed) for claimed in claim(account, limit)}

    def _has_work(self, account):
        return Batch.objects.due().filter(message__in=Message.objects.claimable(account)).exists()

    def _fetch_token(self, client):
        try:
            self.token = client.token()
        except WeComMisconfigured as error:
            self.gate.hold(error.code)
        except WeComRateLimited:
            self.gate.wait()
        except WeComError as error:
            log.warning("No access token: %s", error)
        else:
            return True
        return False

    def _heed(self, group):
        """What the answers mean for everything else that waits."""
        for claimed in group:
            outcome = claimed.outcome
            if outcome.hold:
                self.gate.hold(outcome.errcode)
            elif outcome.wait:
                self.gate.wait()
        refused = [claimed for claimed in group if claimed.outcome.token]
        if refused:
            self._token_refused(refused[0].outcome.errcode)
        elif any(claimed.outcome.means == OK for claimed in group):
            self.token_refused = False

    def _token_refused(self, code):
        """A new token once; when that is refused too, somebody must look."""
        account = EnterpriseAccount.objects.the()
        if self.token_refused:
            self.gate.hold(code)
        application_client(account).forget_token(self.token)
        self.token_refused = True
