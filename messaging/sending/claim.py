"""Take batches under a lease and write down their bytes. The reasons stand in docs/sending.md."""

import hashlib
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.db.models.functions import Lower, Now

from registration.models import Registration
from wechat_admin.models import SendingGate
from wechat_admin.wecom.client import Client, SendAnswer
from wechat_admin.wecom.tokens import AccessToken

from .. import routes
from ..models import Batch, Delivery, Message
from ..routes.outcome import NOT_STARTED, Outcome
from .pace import PACE
from .settle import give_back, pause, take_out

# WeCom drops without a word what goes beyond 30 messages a minute or 1,000 an hour to one person (doc 90312).
SILENT_LIMITS = [(timedelta(minutes=1), 29), (timedelta(hours=1), 999)]


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
        # One claim at a time, so that what it counts (WeCom's silent limits) is not changed by another meanwhile.
        # That no batch is taken twice does not hang on this lock, but on the UPDATE alone.
        gate = SendingGate.objects.select_for_update().of(account).get()
        claimed = time.monotonic()
        if gate.waits:
            limit = 1  # the limit of calls was reached: one is tried first
        _take(account, _candidates(account, limit), lease)
        mine = list(Batch.objects.filter(lease=lease).select_related("message"))
        bodies = {batch.pk: body for batch in mine if (body := _body_of(batch, account))}
        Message.objects.filter(pk__in={batch.message_id for batch in mine}).update(last_served_at=Now())
        if bodies and gate.waits:
            gate.begin_trial()
    return [
        Claimed(
            batch.pk, batch.message_id, routes.of(batch.message), batch.attempts, bodies[batch.pk], lease, claimed, gate
        )
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
    body = routes.of(batch.message).body_of(batch, account, userids)
    sha256 = hashlib.sha256(body).hexdigest()
    if _went_out_lately(batch, sha256):
        give_back(batch.pk, batch.lease)
        pause([batch.message_id], Message.PausedReason.SAME_TEXT)
        return None
    Batch.objects.filter(pk=batch.pk).update(body=body, body_sha256=sha256)
    return body


def _went_out_lately(batch, sha256):
    """WeCom would answer "ok" and deliver nothing."""
    same = Batch.objects.filter(body_sha256=sha256, first_attempt_at__gt=Now() - PACE.same_text_window)
    return same.exclude(pk=batch.pk).exclude(state__in=[Batch.State.READY, Batch.State.CANCELLED]).exists()


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
