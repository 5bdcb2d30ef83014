"""Take batches under a lease and write down their bytes. The reasons stand in docs/sending.md."""

import hashlib
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.db.models.functions import Lower, Now

from portal.ledger import mark
from registration.models import Registration
from wechat_admin.models import SendingGate
from wechat_admin.wecom.client import Client, SendAnswer
from wechat_admin.wecom.tokens import AccessToken

from .. import routes
from ..models import Attempt, Batch, Delivery, Message
from ..routes.outcome import NOT_STARTED, Outcome
from .each import update_each
from .pace import PACE
from .settle import give_back, pause, take_out

# WeCom drops without a word what goes beyond 30 messages a minute or 1,000 an hour to one person (doc 90312).
SILENT_LIMITS = [(timedelta(minutes=1), 29), (timedelta(hours=1), 999)]
MOST_PEOPLE = 20_000  # of one claim, so that it is short


@dataclass
class Claimed:
    """A batch in flight under our lease: everything the sending thread and the settling need."""

    pk: int
    message_id: int
    route: routes.Route
    attempts: int
    body: bytes
    lease: uuid.UUID
    claimed: float  # time.monotonic()
    gate: SendingGate  # as it was then
    client: Client | None = None
    token: AccessToken | None = None
    started: float = 0.0
    milliseconds: int = 0
    answer: SendAnswer | None = None
    outcome: Outcome = field(default=Outcome(NOT_STARTED))


def claim(account, limit):
    """Take up to `limit` due batches, urgent ones first, then those of the message least recently served."""
    lease = uuid.uuid4()
    with transaction.atomic():
        if not mark.count():
            return []
        # One claim at a time, so that what it counts (WeCom's silent limits) is not changed by another meanwhile.
        # That no batch is taken twice does not hang on this lock, but on the UPDATE alone.
        gate = SendingGate.objects.select_for_update().of(account).get()
        claimed = time.monotonic()
        # Where the limit of calls was reached, one is tried first.
        _take(account, _candidates(account, 1 if gate.waits else limit), lease)
        mine = _held_under(lease)
        bodies = _bodies_of(mine, account)
        if bodies and gate.waits:
            gate.begin_trial()
    if bodies and not mark.write_down():
        give_back(list(bodies), lease)
        return []
    return [
        Claimed(
            batch.pk, batch.message_id, routes.of(batch.message), batch.attempts, bodies[batch.pk], lease, claimed, gate
        )
        for batch in mine
        if batch.pk in bodies
    ]


def _candidates(account, limit):
    """Keys of due batches: the messages in their turn, of each its batches as they fell due."""
    messages = list(_in_turn(account)[:limit])
    allowed = _how_many_messages(messages)
    if messages and not allowed:
        return _one_that_is_not_dropped(messages)
    keys, people = [], 0
    for message in messages[:allowed]:
        due = Batch.objects.due().filter(message=message).order_by("next_attempt_at", "number")
        for pk, size in due.values_list("pk", "size")[: limit - len(keys)]:
            if keys and people + size > MOST_PEOPLE:
                return keys
            keys.append(pk)
            people += size
        if len(keys) >= limit:
            break
    return keys


def _in_turn(account):
    """Keys of the messages that have something due: urgent ones, then the least recently served."""
    due = Batch.objects.due().filter(message=OuterRef("pk"))
    messages = Message.objects.claimable(account).filter(Exists(due))
    return messages.order_by("-urgent", F("last_served_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)


def _take(account, ids, lease):
    """The claim: one UPDATE whose every condition of the batch stands on the batch's own row, never behind a join.

    Behind a join two workers claimed 194 of 200 batches at once on PostgreSQL: the joined rows are not read again
    when the update has waited for another's.
    """
    Batch.objects.filter(
        Exists(Message.objects.claimable(account).filter(pk=OuterRef("message_id"))),
        Exists(SendingGate.objects.of(account).open()),
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


def _held_under(lease):
    """The batches we hold now, those of one message sharing its object."""
    mine = list(Batch.objects.filter(lease=lease).order_by("pk"))
    keys = {batch.message_id for batch in mine}
    if keys:
        Message.objects.filter(pk__in=keys).update(last_served_at=Now(), counts_until=Now() + PACE.lease)
    messages = Message.objects.in_bulk(keys)
    for batch in mine:
        batch.message = messages[batch.message_id]
    return mine


def _bodies_of(batches, account):
    """{key: bytes}: written down at the first claim. Left out is what is not to be sent after all."""
    bodies = {batch.pk: bytes(batch.body) for batch in batches if batch.body is not None}
    new = [batch for batch in batches if batch.body is None]
    return bodies | _written_down(new, account) if new else bodies


def _written_down(new, account):
    _take_out_who_stopped(new)
    userids = defaultdict(list)
    standing = Delivery.objects.filter(batch__in=[batch.pk for batch in new], problem=None)
    for batch, userid in standing.order_by("batch", "userid").values_list("batch_id", "userid"):
        userids[batch].append(userid)
    empty = [batch.pk for batch in new if batch.pk not in userids]
    if empty:
        Batch.objects.filter(pk__in=empty).update(state=Batch.State.CANCELLED, lease=None, lease_until=None)
    written = {
        batch: routes.of(batch.message).body_of(batch, account, userids[batch.pk])
        for batch in new
        if batch.pk in userids
    }
    digests = {batch: hashlib.sha256(body).hexdigest() for batch, body in written.items()}
    for batch in _would_be_swallowed(digests):
        give_back([batch.pk], batch.lease)
        pause([batch.message_id], Message.PausedReason.SAME_TEXT)
        del written[batch]
    rows = [(batch.pk, body, digests[batch]) for batch, body in written.items()]
    update_each(Batch, rows, "body = v.column2, body_sha256 = v.column3")
    return {batch.pk: body for batch, body in written.items()}


def _take_out_who_stopped(batches):
    """Somebody may have stopped while the batch was in the air and came back unsent. Asked of these people alone."""
    stands = Registration.objects.open().filter(person=OuterRef("person"))
    gone = Delivery.objects.filter(~Exists(stands), batch__in=[batch.pk for batch in batches], problem=None)
    by_batch = defaultdict(list)
    for batch, pk in gone.values_list("batch_id", "pk"):
        by_batch[batch].append(pk)
    for batch in batches:
        if batch.pk in by_batch:
            take_out(batch, Delivery.objects.filter(pk__in=by_batch[batch.pk]), Delivery.Problem.STOPPED)


def _would_be_swallowed(digests):
    """Those whose bytes went out lately, or go out with this very claim: WeCom would answer "ok" and deliver nothing."""
    lately = Batch.objects.filter(
        body_sha256__in=set(digests.values()), first_attempt_at__gt=Now() - PACE.same_text_window
    )
    lately = lately.exclude(pk__in=[batch.pk for batch in digests])
    attempted = lately.exclude(state__in=[Batch.State.READY, Batch.State.CANCELLED])
    seen = set(attempted.values_list("body_sha256", flat=True))
    swallowed = []
    for batch, digest in digests.items():
        if digest in seen:
            swallowed.append(batch)
        seen.add(digest)
    return swallowed


# --- what WeCom drops in silence ---


def _how_many_messages(messages):
    """So many of these may go without looking at single people: a person gets one delivery a message, so with no more
    messages than the limit nobody can be over it."""
    others = Message.objects.exclude(pk__in=messages)
    return max(0, min(most - others.counting(window).count() for window, most in SILENT_LIMITS))


def _one_that_is_not_dropped(messages):
    """One batch a claim: the next claim counts it."""
    due = Batch.objects.due().filter(message__in=messages).order_by("-message__urgent", "next_attempt_at")
    keys = due.values_list("pk", flat=True)[: SILENT_LIMITS[0][1]]
    return [pk for pk in keys if not _would_be_dropped(pk)][:1]


def _would_be_dropped(pk):
    """Whether somebody of this batch has had as many messages lately as WeCom lets through."""
    members = Delivery.objects.filter(batch=pk, problem=None).values(key=Lower("userid"))
    for window, most in SILENT_LIMITS:
        answered = Attempt.objects.filter(batch=OuterRef("batch"), at__gt=Now() - window)
        theirs = (
            Delivery.objects.filter(problem=None, message__in=Message.objects.counting(window))
            .filter(Q(batch__state=Batch.State.IN_FLIGHT) | Exists(answered))
            .exclude(batch=pk)
            .annotate(key=Lower("userid"))
            .filter(key__in=members)
        )
        if theirs.values("key").annotate(n=Count("pk")).filter(n__gte=most).exists():
            return True
    return False
