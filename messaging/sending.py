"""Claim, call, settle: how every batch gets to WeCom once. The reasons stand in docs/sending.md.

The pump's own thread alone touches the database; the sending threads only call.
"""

import hashlib
import logging
import time
import uuid
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Lower, Now

from registration.models import Registration
from wechat_admin.connection.clients import application_client
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.client import SendAnswer
from wechat_admin.wecom.errors import WeComError, WeComMisconfigured, WeComRateLimited

from . import route
from .models import Attempt, Batch, Delivery, Message
from .pace import PACE, nth
from .verdicts import NOBODY_REACHABLE, NOT_SENT, NOT_STARTED, OK, UNKNOWN, Verdict, judge

log = logging.getLogger(__name__)

ALARM_AFTER = 5
# WeCom drops without a word what goes beyond 30 messages a minute or 1,000 an hour to one person (doc 90312).
SILENT_LIMITS = [(timedelta(minutes=1), 29), (timedelta(hours=1), 999)]


# --- claim ---


@dataclass
class Claimed:
    """A batch in flight under our lease: everything the sending thread and the settling need."""

    pk: int
    message_id: int
    attempts: int
    body: bytes
    lease: uuid.UUID
    claimed: float  # time.monotonic()
    started: float = 0.0
    milliseconds: int = 0
    answer: SendAnswer | None = None
    verdict: Verdict = field(default=Verdict(NOT_STARTED))


def claim(account, limit):
    """Take up to `limit` due batches, urgent ones first, then those of the message least recently served."""
    lease = uuid.uuid4()
    with transaction.atomic():
        # One claim at a time, so that what it counts (WeCom's silent limits) is not changed by another meanwhile.
        # That no batch is taken twice does not hang on this lock, but on the UPDATE alone.
        EnterpriseAccount.objects.select_for_update().filter(pk=account.pk).first()
        claimed = time.monotonic()
        _take(account, _candidates(account, limit), lease)
        mine = list(Batch.objects.filter(lease=lease).select_related("message"))
        bodies = {batch.pk: body for batch in mine if (body := _body_of(batch, account))}
        Message.objects.filter(pk__in={batch.message_id for batch in mine}).update(last_served_at=Now())
    return [
        Claimed(batch.pk, batch.message_id, batch.attempts, bodies[batch.pk], lease, claimed)
        for batch in mine
        if batch.pk in bodies
    ]


def _candidates(account, limit):
    due = Batch.objects.due().filter(message__in=Message.objects.claimable(account))
    due = due.order_by("-urgent", F("message__last_served_at").asc(nulls_first=True), "message", "number")
    ids = due.values_list("pk", flat=True)
    if not _near_a_silent_limit(limit):
        return list(ids[:limit])
    # One batch a claim: the next claim counts it.
    return [pk for pk in ids[: SILENT_LIMITS[0][1]] if not _would_be_dropped(pk)][:1]


def _take(account, ids, lease):
    """The claim: one UPDATE whose every condition of the batch stands on the batch's own row, never behind a join.

    Behind a join two workers claimed 194 of 200 batches at once on PostgreSQL: the joined rows are not read again
    when the update has waited for another's.
    """
    Batch.objects.filter(
        Exists(Message.objects.claimable(account).filter(pk=OuterRef("message_id"))),
        Exists(EnterpriseAccount.objects.sending_allowed()),
        Q(state=Batch.State.READY) | Q(state=Batch.State.UNCERTAIN, first_attempt_at__gt=Now() - PACE.replay_window),
        pk__in=ids,
        next_attempt_at__lte=Now(),
    ).update(
        state=Batch.State.IN_FLIGHT,
        lease=lease,
        lease_until=Now() + PACE.lease,
        attempts=F("attempts") + 1,
        first_attempt_at=Case(When(state=Batch.State.UNCERTAIN, then=F("first_attempt_at")), default=Now()),
    )


def _body_of(batch, account):
    """The bytes of this batch, written down at its first claim; None where it is not to be sent after all."""
    if batch.body is not None:
        return bytes(batch.body)
    to = batch.deliveries.filter(problem=None)
    # Somebody may have stopped while the batch was in the air and came back unsent.
    standing = Registration.objects.open().values("person")
    take_out(batch, to.exclude(person__in=standing), Delivery.Problem.STOPPED)
    userids = list(to.order_by("userid").values_list("userid", flat=True))
    if not userids:
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.CANCELLED, lease=None, lease_until=None)
        return None
    body = route.body_of(batch, account, userids)
    sha256 = hashlib.sha256(body).hexdigest()
    if _went_out_lately(batch, sha256):
        _give_back(batch.pk, batch.lease)
        pause([batch.message_id], Message.PausedReason.SAME_TEXT)
        return None
    Batch.objects.filter(pk=batch.pk).update(body=body, body_sha256=sha256)
    return body


def _went_out_lately(batch, sha256):
    """WeCom would answer "ok" and deliver nothing."""
    same = Batch.objects.filter(body_sha256=sha256, first_attempt_at__gt=Now() - PACE.same_text_window)
    return same.exclude(pk=batch.pk).exclude(state__in=[Batch.State.READY, Batch.State.CANCELLED]).exists()


def _give_back(pk, lease):
    """What was claimed and not begun was never attempted. Bytes that never left are written anew at the next claim."""
    mine = Batch.objects.filter(pk=pk, lease=lease, state=Batch.State.IN_FLIGHT)
    free = {"lease": None, "lease_until": None, "attempts": F("attempts") - 1}
    if not mine.filter(maybe_sent=True).update(state=Batch.State.UNCERTAIN, **free):
        mine.update(state=Batch.State.READY, body=None, body_sha256="", **free)


def _near_a_silent_limit(claiming):
    """A person gets one delivery a message: with fewer messages than the limits nobody can be over them."""
    recent = Batch.objects.values("message").distinct()
    return any(
        recent.filter(first_attempt_at__gt=Now() - window).count() + claiming > most for window, most in SILENT_LIMITS
    )


def _would_be_dropped(pk):
    """Whether somebody of this batch has had as many messages lately as WeCom lets through."""
    members = Delivery.objects.filter(batch=pk, problem=None).values(key=Lower("userid"))
    for window, most in SILENT_LIMITS:
        theirs = (
            Delivery.objects.filter(problem=None, batch__first_attempt_at__gt=Now() - window)
            .exclude(batch=pk)
            .annotate(key=Lower("userid"))
            .filter(key__in=members)
        )
        if theirs.values("key").annotate(n=Count("pk")).filter(n__gte=most).exists():
            return True
    return False


# --- call ---


def call(client, token, claimed: Claimed):
    """In a sending thread: one call, no database."""
    if time.monotonic() - claimed.claimed > PACE.start_within.total_seconds():
        return claimed
    started = time.monotonic()
    try:
        claimed.answer = client.send_message_with(token, claimed.body)
        claimed.verdict = Verdict(OK, 0)
    except WeComError as error:
        claimed.verdict = judge(error)
    except Exception as exception:  # whatever it was, the call may have left
        log.error("A sending thread failed: %s", type(exception).__name__)
        claimed.verdict = Verdict(UNKNOWN)
    claimed.milliseconds = int(1000 * (time.monotonic() - started))
    return claimed


# --- settle ---


def settle(group):
    """Write down what became of a group of calls, in one transaction."""
    with transaction.atomic():
        for claimed in group:
            _settle_one(claimed)
        Attempt.objects.bulk_create(
            Attempt(
                batch_id=claimed.pk,
                number=claimed.attempts,
                lease=claimed.lease,
                milliseconds=claimed.milliseconds,
                outcome=claimed.verdict.kind,
                errcode=claimed.verdict.errcode,
                http_status=claimed.verdict.http_status,
            )
            for claimed in group
            if claimed.verdict.kind != NOT_STARTED
        )
        for reason in Message.PausedReason:
            paused = [c for c in group if c.verdict.pause == reason]
            if paused:
                pause({c.message_id for c in paused}, reason, paused[0].verdict.errcode)
    finish({claimed.message_id for claimed in group})


def _settle_one(claimed):
    verdict = claimed.verdict
    if verdict.kind == OK:
        _accepted(claimed)
        return
    if verdict.kind == NOT_STARTED:
        _give_back(claimed.pk, claimed.lease)
        return
    # A worker whose lease is gone may add proof of success and nothing else.
    ours = Batch.objects.filter(pk=claimed.pk, lease=claimed.lease, state=Batch.State.IN_FLIGHT)
    free = {"lease": None, "lease_until": None, "errcode": verdict.errcode}
    if verdict.kind == UNKNOWN:
        wait = nth(PACE.unknown_backoff, claimed.attempts)
        ours.update(state=Batch.State.UNCERTAIN, maybe_sent=True, next_attempt_at=Now() + wait, **free)
    elif verdict.kind == NOT_SENT:
        _surely_not_sent(ours, claimed, free)
    else:
        _refused(ours, claimed, free)


def _accepted(claimed):
    """Proof of success counts whoever holds the lease, from any open state and from unknown."""
    provable = [*Batch.OPEN, Batch.State.UNKNOWN]
    accepted = Batch.objects.filter(pk=claimed.pk, state__in=provable).update(
        state=Batch.State.ACCEPTED, lease=None, lease_until=None, msgid=claimed.answer.msgid, errcode=0
    )
    if accepted:
        batch = Batch(pk=claimed.pk)
        _mark(batch, claimed.answer.invalid_users, Delivery.Problem.UNREACHABLE)
        _mark(batch, claimed.answer.unlicensed_users, Delivery.Problem.UNLICENSED)


def _mark(batch, userids, problem):
    """Give the people of this batch whom WeCom named a problem of their own."""
    if userids:
        named = batch.deliveries.filter(problem=None).annotate(key=Lower("userid"))
        take_out(batch, named.filter(key__in=userids), problem)


def take_out(batch, deliveries, problem):
    """Give deliveries of this batch a problem of their own; the batch counts them."""
    if taken_out := deliveries.update(problem=problem):
        Batch.objects.filter(pk=batch.pk).update(problems=F("problems") + taken_out)


def _surely_not_sent(ours, claimed, free):
    verdict = claimed.verdict
    if verdict.media:
        # What was uploaded is gone: nothing goes out until it is uploaded again, and the bytes are written anew.
        Message.objects.filter(pk=claimed.message_id).update(media_until=None)
        if ours.filter(maybe_sent=True).update(state=Batch.State.UNKNOWN, **free):
            return
    # A token, a limit or the configuration is everybody's business, not this batch's: it goes when that is put right.
    is_own = not (verdict.token or verdict.wait or verdict.hold)
    wait = nth(PACE.not_sent_backoff, claimed.attempts) if is_own else timedelta(0)
    if claimed.attempts == ALARM_AFTER and is_own:
        log.error("Batch %s could not be sent in %s attempts", claimed.pk, claimed.attempts)
    # In doubt from an earlier attempt: the bytes stay. Never in doubt: they may be written anew.
    in_doubt = ours.filter(maybe_sent=True).update(state=Batch.State.UNCERTAIN, next_attempt_at=Now() + wait, **free)
    if not in_doubt:
        ours.update(state=Batch.State.READY, body=None, body_sha256="", next_attempt_at=Now() + wait, **free)


def _refused(ours, claimed, free):
    """A refusal is final. Of a batch that may have gone earlier it says nothing: those people may have the message."""
    in_doubt = ours.filter(maybe_sent=True).update(state=Batch.State.UNKNOWN, **free)
    if in_doubt or not ours.update(state=Batch.State.REJECTED, **free):
        return
    if claimed.verdict.errcode == NOBODY_REACHABLE:
        batch = Batch(pk=claimed.pk)
        take_out(batch, batch.deliveries.filter(problem=None), Delivery.Problem.UNREACHABLE)


def pause(messages, reason, code=None):
    Message.objects.filter(pk__in=messages, status=Message.Status.SENDING).update(
        status=Message.Status.PAUSED, paused_reason=reason, paused_code=code
    )


def finish(messages):
    """End the messages of these that have nothing open any more. Settling tries it; the sweep makes sure of it."""
    ended = Message.objects.filter(pk__in=messages).without_open_batches()
    at_work = ended.filter(status__in=[Message.Status.SENDING, Message.Status.PAUSED]).exclude(frozen_digest="")
    at_work.update(
        status=Case(
            When(cancel_requested_at=None, then=Value(Message.Status.FINISHED)), default=Value(Message.Status.CANCELLED)
        ),
        finished_at=Now(),
    )
    # Counted at the finish, and again when a late proof has changed an ended message.
    for message in ended.filter(status__in=[Message.Status.FINISHED, Message.Status.CANCELLED]):
        Message.objects.filter(pk=message.pk).update(final_counts=message.count())


# --- the pump ---


class Pump:
    """Sends what is due through C connections until nothing is due or its time is up."""

    def __init__(self):
        self.connections = settings.SENDING_CONNECTIONS
        self.until = time.monotonic() + PACE.pump.total_seconds()
        self.token = ""
        self.token_refused = False  # the last token was refused, and nothing has gone through since

    def run(self):
        """Returns whether something may be left to do at once."""
        running = set()
        with ThreadPoolExecutor(self.connections, thread_name_prefix="sending") as threads:
            while True:
                if len(running) < self.connections and time.monotonic() < self.until:
                    running |= self._start(threads, 2 * self.connections - len(running))
                if not running:
                    return time.monotonic() >= self.until
                done, running = wait(running, return_when=FIRST_COMPLETED)
                group = [future.result() for future in done]
                settle(group)
                self._heed(group)

    def _start(self, threads, limit):
        account = EnterpriseAccount.objects.sending_allowed().first()
        if account is None or not account.is_linked or not self._has_work(account):
            return set()
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
            EnterpriseAccount.objects.hold(error.code)
        except WeComRateLimited:
            EnterpriseAccount.objects.wait()
        except WeComError as error:
            log.warning("No access token: %s", error)
        else:
            return True
        return False

    def _heed(self, group):
        """What the answers mean for everything else that waits."""
        for claimed in group:
            verdict = claimed.verdict
            if verdict.hold:
                EnterpriseAccount.objects.hold(verdict.errcode)
            elif verdict.wait:
                EnterpriseAccount.objects.wait()
        refused = [claimed for claimed in group if claimed.verdict.token]
        if refused:
            self._token_refused(refused[0].verdict.errcode)
        elif any(claimed.verdict.kind == OK for claimed in group):
            self.token_refused = False

    def _token_refused(self, code):
        """A new token once; when that is refused too, somebody must look."""
        account = EnterpriseAccount.objects.the()
        if self.token_refused:
            EnterpriseAccount.objects.hold(code)
        application_client(account).forget_token(self.token)
        self.token_refused = True
