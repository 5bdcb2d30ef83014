"""Write down what became of calls. The reasons stand in docs/sending.md."""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower, Now

from portal.health.beats import this_process

from ..models import Attempt, Batch, Delivery, Message
from ..models.delivery import BatchQuerySet, DeliveryQuerySet
from ..routes.outcome import NOT_SENT, NOT_STARTED, OK, UNKNOWN, Outcome
from . import following
from .claimed import Claimed
from .each import insert_each, update_each
from .pace import PACE, nth, spread

log = logging.getLogger(__name__)

ALARM_AFTER = 5


def settle(group: list[Claimed]) -> None:
    """Write down what became of a group of calls, in one transaction."""
    with transaction.atomic():
        _accepted([claimed for claimed in group if claimed.outcome.means == OK])
        for lease in {claimed.lease for claimed in group}:
            give_back([c.pk for c in group if c.lease == lease and c.outcome.means == NOT_STARTED], lease)
        for claimed in group:
            if claimed.outcome.means not in (OK, NOT_STARTED):
                _settle_one(claimed)
        _write_down_attempts([claimed for claimed in group if claimed.outcome.means != NOT_STARTED])
        for reason in Message.PausedReason:
            paused = [c for c in group if c.outcome.pause == reason]
            if paused:
                pause({c.message_id for c in paused}, reason, paused[0].outcome.errcode)
        _count_until_now({claimed.message_id for claimed in group})
    following.go_on({claimed.message_id for claimed in group if claimed.part_count > 1})
    finish({claimed.message_id for claimed in group})


def _write_down_attempts(group: list[Claimed]) -> None:
    us = this_process()
    insert_each(
        Attempt,
        [(c.pk, c.attempts, c.lease, int(c.milliseconds), *_answer(c.outcome), us) for c in group],
        ["batch", "number", "lease", "milliseconds", "outcome", "errcode", "http_status", "process"],
    )


def _answer(outcome: Outcome) -> tuple[str, int | None, int | None]:
    return outcome.means, outcome.errcode, outcome.http_status


def _settle_one(claimed: Claimed) -> None:
    outcome = claimed.outcome
    # A worker whose lease is gone may add proof of success and nothing else.
    ours = Batch.objects.filter(pk=claimed.pk, lease=claimed.lease, state=Batch.State.IN_FLIGHT)
    free = {"lease": None, "lease_until": None, "errcode": outcome.errcode}
    if outcome.means == UNKNOWN:
        wait = nth(PACE.soon_backoff if outcome.soon else PACE.unknown_backoff, claimed.attempts)
        ours.update(state=Batch.State.UNCERTAIN, maybe_sent=True, next_attempt_at=Now() + wait, **free)
    elif outcome.means == NOT_SENT:
        _surely_not_sent(ours, claimed, free)
    else:
        _refused(ours, claimed, free)


def _accepted(group: list[Claimed]) -> None:
    """Proof of success counts whoever holds the lease, from any open state and from unknown."""
    provable = [*Batch.OPEN, Batch.State.UNKNOWN]
    with_exceptions = [c for c in group if c.accepted.invalid_users or c.accepted.unlicensed_users]
    # Whom WeCom names is marked once, by whoever settles first.
    keys = [claimed.pk for claimed in with_exceptions]
    marking = set(
        Batch.objects.select_for_update().filter(pk__in=keys, state__in=provable).values_list("pk", flat=True)
    )
    update_each(
        Batch,
        sorted((claimed.pk, claimed.accepted.msgid) for claimed in group),
        ["msgid"],
        where=Q(state__in=provable),
        state=Batch.State.ACCEPTED,
        lease=None,
        lease_until=None,
        errcode=0,
    )
    for claimed in with_exceptions:
        theirs = claimed.batch.people.annotate(key=Lower("userid"))
        invalid = theirs.filter(key__in=claimed.accepted.invalid_users)
        if claimed.pk not in marking:
            _put_in_doubt(claimed, invalid)
            continue
        _unreachable(claimed, invalid)
        take_out(claimed.batch, theirs.filter(key__in=claimed.accepted.unlicensed_users), Delivery.Problem.UNLICENSED)


def _unreachable(claimed: Claimed, deliveries: DeliveryQuerySet) -> None:
    """WeCom has not reached these, and they have nothing of this batch."""
    if _put_in_doubt(claimed, deliveries):
        take_out(claimed.batch, deliveries, Delivery.Problem.UNREACHABLE)


def _put_in_doubt(claimed: Claimed, deliveries: DeliveryQuerySet) -> bool:
    """Whether there are such: the route sees that nothing more goes to them before somebody has looked."""
    userids = list(deliveries.values_list("userid", flat=True))
    if userids:
        claimed.route.not_reached(userids, claimed.account_key)
    return bool(userids)


def take_out(batch: Batch, deliveries: DeliveryQuerySet, problem: str) -> None:
    """Give people of this batch a problem of their own; the batch counts them."""
    if taken_out := _mark(batch, deliveries, problem):
        Batch.objects.filter(pk=batch.pk).update(problems=F("problems") + taken_out)


def _mark(batch: Batch, deliveries: DeliveryQuerySet, problem: str) -> int:
    """How many were. Whom a later part did not reach has the parts before it: there it is no problem of the delivery."""
    if batch.part_number == 1:
        return deliveries.update(problem=problem)
    out = dict.fromkeys(deliveries.values_list("pk", flat=True), problem)
    following.take_out(batch, out)
    return len(out)


def _surely_not_sent(ours: BatchQuerySet, claimed: Claimed, free: dict[str, Any]) -> None:
    outcome = claimed.outcome
    if outcome.media:
        # What was uploaded is gone: nothing goes out until it is uploaded again, and the bytes are written anew.
        Message.objects.filter(pk=claimed.message_id).update(media_until=None)
        if ours.filter(maybe_sent=True).update(state=Batch.State.UNKNOWN, **free):
            return
    # A token, a limit or the configuration is everybody's business, not this batch's: it goes when that is put right.
    is_own = not (outcome.token or outcome.wait or outcome.hold or outcome.crowded)
    wait = nth(PACE.not_sent_backoff, claimed.attempts) if is_own else timedelta(0)
    if outcome.crowded:
        wait = spread(PACE.crowded)
    if claimed.attempts == ALARM_AFTER and is_own:
        log.error("Batch %s could not be sent in %s attempts", claimed.pk, claimed.attempts)
    # In doubt from an earlier attempt: the bytes stay. Never in doubt: they may be written anew.
    in_doubt = ours.filter(maybe_sent=True).update(state=Batch.State.UNCERTAIN, next_attempt_at=Now() + wait, **free)
    if not in_doubt:
        ours.update(state=Batch.State.READY, body=None, body_sha256="", next_attempt_at=Now() + wait, **free)


def _refused(ours: BatchQuerySet, claimed: Claimed, free: dict[str, Any]) -> None:
    """A refusal is final. Of a batch that may have gone earlier it says nothing: those people may have the message.

    That WeCom reaches none of them now is so whatever became of the batch.
    """
    in_doubt = ours.filter(maybe_sent=True).update(state=Batch.State.UNKNOWN, **free)
    is_ours = not in_doubt and ours.update(state=Batch.State.REJECTED, **free)
    if claimed.outcome.nobody:
        say = _unreachable if is_ours else _put_in_doubt
        say(claimed, claimed.batch.people)


def give_back(keys: list[int], lease: UUID) -> None:
    """What was claimed and not begun was never attempted. Bytes that never left are written anew at the next claim."""
    if not keys:
        return
    mine = Batch.objects.filter(pk__in=keys, lease=lease, state=Batch.State.IN_FLIGHT)
    free = {"lease": None, "lease_until": None, "attempts": F("attempts") - 1}
    mine.filter(maybe_sent=True).update(state=Batch.State.UNCERTAIN, **free)
    mine.update(state=Batch.State.READY, body=None, body_sha256="", **free)


def _count_until_now(messages: Collection[int]) -> None:
    """A message counts among WeCom's silent limits while a batch of it is in flight, and from its last answer on."""
    in_flight = Batch.objects.filter(message=OuterRef("pk"), state=Batch.State.IN_FLIGHT).order_by("-lease_until")
    until = Coalesce(Subquery(in_flight.values("lease_until")[:1]), Now())
    Message.objects.filter(pk__in=messages).update(counts_until=until)


def pause(messages: Collection[int], reason: str, code: int | None = None) -> None:
    Message.objects.filter(pk__in=messages, status=Message.Status.SENDING).update(
        status=Message.Status.PAUSED, paused_reason=reason, paused_code=code
    )


def finish(messages: Collection[int]) -> None:
    """End the messages of these that have nothing open any more. Settling tries it; the sweep makes sure of it."""
    over = list(Message.objects.filter(pk__in=messages).without_open_batches().values_list("pk", flat=True))
    if not over:
        return
    ended = Message.objects.filter(pk__in=over).without_open_batches()
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
