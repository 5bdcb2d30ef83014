"""The threads that only call. Nothing here touches the database."""

import logging
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Self

from wechat_admin.wecom.client import Client
from wechat_admin.wecom.errors import WeComError
from wechat_admin.wecom.tokens import AccessToken

from ..routes.outcome import OK, UNKNOWN, Outcome
from .claimed import Claimed
from .pace import PACE

log = logging.getLogger(__name__)

GATHER, STEP = 0.1, 0.01  # seconds for which answers are gathered, to be written down together
PATIENCE = 0.3  # seconds for which the first of them is waited for


def call(client: Client, token: AccessToken, claimed: Claimed) -> Claimed:
    """One call."""
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
    claimed.milliseconds = 1000 * (time.monotonic() - started)
    return claimed


class Senders:
    """So many threads as calls may be in the air; how many, is said again and again.

    What an answer says of everything else (a refused token, a limit, a refused text) the threads heed at once: what
    was handed to them and would meet the same comes back unbegun.
    """

    def __init__(self) -> None:
        self.number = 0
        self.out = 0  # handed over and not gathered yet
        self._threads: dict[int, threading.Thread] = {}
        self._to_call: SimpleQueue = SimpleQueue()
        self._answered: SimpleQueue = SimpleQueue()
        self._pointless: set = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.number = 0
        for _ in self._threads:
            self._to_call.put(None)
        for thread in self._threads.values():
            thread.join()

    def use(self, number: int) -> None:
        """From now on so many calls at once; those in the air are not broken off."""
        self.number = number
        for index in range(number):
            if index not in self._threads or not self._threads[index].is_alive():
                thread = threading.Thread(target=self._work, args=[index], name=f"sending-{index}", daemon=True)
                self._threads[index] = thread
                thread.start()

    def hand_over(self, client: Client, token: AccessToken, batches: list[Claimed]) -> None:
        self.out += len(batches)
        for claimed in batches:
            self._to_call.put((client, token, claimed))

    @property
    def waiting(self) -> int:
        """How many are handed over and not begun."""
        return self._to_call.qsize()

    def gather(self, low: int) -> list[Claimed]:
        """The answers of the next moment, for no longer than there are more than `low` waiting to begin. May be none:
        calls that hang must not keep the pump from looking for others."""
        if not self.number:
            self._take_back()
        try:
            group = [self._answered.get(timeout=PATIENCE)]
        except Empty:
            return []
        until = time.monotonic() + GATHER
        # Not one by one: to wake for each answer would take the processor from those who call.
        while self.waiting > low and len(group) + self._answered.qsize() < self.out and time.monotonic() < until:
            time.sleep(STEP)
        with suppress(Empty):
            while True:
                group.append(self._answered.get_nowait())
        self.out -= len(group)
        return group

    def go_on(self) -> None:
        """What was said of everything else has been written down, and claims know of it."""
        self._pointless.clear()

    def _take_back(self) -> None:
        """Nobody calls any more: what was not begun comes back."""
        while True:
            try:
                handed_over = self._to_call.get_nowait()
            except Empty:
                return
            if handed_over:
                self._answered.put(handed_over[2])

    def _work(self, index: int) -> None:
        while index < self.number:
            handed_over = self._to_call.get()
            if handed_over is None:
                return
            if index >= self.number:
                self._to_call.put(handed_over)
                return
            client, token, claimed = handed_over
            if not self._pointless & {claimed.message_id, token, "everything"}:
                call(client, token, claimed)
                self._heed(token, claimed)
            self._answered.put(claimed)

    def _heed(self, token: AccessToken, claimed: Claimed) -> None:
        outcome = claimed.outcome
        if outcome.hold or outcome.wait:
            self._pointless.add("everything")
        elif outcome.token:
            self._pointless.add(token)
        elif outcome.pause:
            self._pointless.add(claimed.message_id)
