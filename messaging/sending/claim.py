"""Take batches under a lease and write down their bytes. The reasons stand in docs/sending.md."""

import hashlib
import time
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, Case, Exists, F, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler

from portal.ledger import mark
from wechat_admin.models import EnterpriseAccount, SendingGate

from .. import routes
from ..models import Batch, Delivery, Message
from . import silent_limits
from .claimed import Claimed
from .each import update_each
from .following import who_follow
from .pace import PACE
from .settle import give_back, pause, take_out
from .standing import problem_by_now

MOST_PEOPLE = 50_000  # of one claim, so that it is short
LOOKED_AT_MOST = 2_000  # where each of them has to be looked at


def claim(account: EnterpriseAccount, limit: int) -> list[Claimed]:
    """Take up to `limit` due batches, urgent ones first, then those of the message least recently served."""
    lease = uuid.uuid4()
    with transaction.atomic():
        if not mark.count():
            return []
        # One claim at a time, so that what it counts (WeCom's silent limits) is not changed by another meanwhile.
        # That no batch is taken twice does not hang on this lock, but on that of the batches alone.
        gate = SendingGate.objects.select_for_update().of(account).get()
        # Where the limit of calls was reached, one is tried first.
        mine = _lock(account, _candidates(account, 1 if gate.waits else limit))
        new = _bodies_of([batch for batch in mine if batch.body is None], account)
        # Not before: where all this takes longer than a call may wait, everything would come back unbegun, and again.
        claimed = time.monotonic()
        bodies = _take(mine, new, lease)
        if bodies and gate.waits:
            gate.begin_trial()
    if bodies and not mark.write_down():
        give_back(list(bodies), lease)
        return []
    return [
        Claimed(
            b.pk,
            b.message_id,
            b.message.account_key,
            routes.of(b.message),
            b.attempts + 1,
            bodies[b.pk],
            lease,
            claimed,
            gate,
            part_number=b.part_number,
            span_id=b.span_id,
            part_count=b.message.part_count,
        )
        for b in mine
        if b.pk in bodies
    ]


def _candidates(account: EnterpriseAccount, limit: int) -> list[int]:
    """Keys of due batches: the messages in their turn, of each its batches as they fell due."""
    part_counts = dict(_in_turn(account)[:limit])
    messages, allowed = list(part_counts), silent_limits.how_many(part_counts)
    if messages and not allowed:
        return silent_limits.without_those_dropped(_due(messages, 2 * limit, LOOKED_AT_MOST), limit)
    return _due(messages[:allowed], limit, MOST_PEOPLE)


def _due(messages: Iterable[int], limit: int, most_people: int) -> list[int]:
    """Of each message what may have gone already comes first: WeCom forgets, and a long message must not outlast that."""
    keys: list[int] = []
    people = 0
    for message in messages:
        for state in (Batch.State.UNCERTAIN, Batch.State.READY):
            due = Batch.objects.filter(message=message, state=state, next_attempt_at__lte=Now())
            in_order = due.order_by("next_attempt_at", "number").values_list("pk", "size")
            for pk, size in in_order[: limit - len(keys)]:
                if keys and people + size > most_people:
                    return keys
                keys.append(pk)
                people += size
        if len(keys) >= limit:
            break
    return keys


def _in_turn(account: EnterpriseAccount) -> QuerySet[Message, tuple[int, int]]:
    """(key, how many parts) of the messages that have something due: urgent ones, then the least recently served."""
    messages = Message.objects.claimable(account).with_something_due()
    return messages.order_by("-urgent", F("last_served_at").asc(nulls_first=True), "pk").values_list("pk", "part_count")


def _lock(account: EnterpriseAccount, keys: list[int]) -> list[Batch]:
    """The batches of `keys` that may go, locked: whoever takes people out of them waits, and we read people after this.

    Every condition of the batch stands on the batch's own row, never behind a join: behind a join two workers claimed
    194 of 200 batches at once on PostgreSQL, since joined rows are not read again after waiting for another's change.
    """
    free = Batch.objects.select_for_update(of=["self"]).filter(
        Exists(Message.objects.claimable(account).filter(pk=OuterRef("message_id"))),
        Exists(SendingGate.objects.of(account).open()),
        Q(state=Batch.State.READY) | Q(state=Batch.State.UNCERTAIN, first_attempt_at__gt=Now() - PACE.replay_window),
        pk__in=keys,
        next_attempt_at__lte=Now(),
    )
    locked = (
        list(free.only("message_id", "content", "body", "attempts", "part_number", "span").order_by("pk"))
        if keys
        else []
    )
    messages = Message.objects.in_bulk({batch.message_id for batch in locked})
    for batch in locked:
        batch.message = messages[batch.message_id]
    place = {key: n for n, key in enumerate(keys)}
    return sorted(locked, key=lambda batch: place[batch.pk])


def _take(locked: list[Batch], new: dict[Batch, bytes], lease: uuid.UUID) -> dict[int, bytes]:
    """{key: bytes} of those that are ours from now on; the bytes are written down at the first claim and never again."""
    old = {batch.pk: bytes(batch.body) for batch in locked if batch.body is not None}
    ours: dict[str, Any] = {
        "state": Batch.State.IN_FLIGHT,
        "lease": lease,
        "lease_until": Now() + PACE.lease,
        "attempts": F("attempts") + 1,
        "first_attempt_at": Case(When(state=Batch.State.UNCERTAIN, then=F("first_attempt_at")), default=Now()),
    }
    if old:
        Batch.objects.filter(pk__in=old).update(**ours)
    rows = [(batch.pk, body, digest_of(body)) for batch, body in new.items()]
    update_each(Batch, rows, ["body", "body_sha256"], **ours)
    bodies = old | {batch.pk: body for batch, body in new.items()}
    served = {batch.message_id for batch in locked if batch.pk in bodies}
    if served:
        Message.objects.filter(pk__in=served).update(last_served_at=Now(), counts_until=Now() + PACE.lease)
    return bodies


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _bodies_of(new: list[Batch], account: EnterpriseAccount) -> dict[Batch, bytes]:
    """{batch: bytes}, from what the message says now. Left out is what is not to be sent after all."""
    if not new:
        return {}
    following = who_follow([batch for batch in new if batch.part_number > 1])
    userids = _who_is_to_get([batch for batch in new if batch.part_number == 1]) | following
    new = [batch for batch in new if batch.part_number == 1 or batch.pk in following]
    empty = {batch.pk for batch in new if not userids.get(batch.pk)}
    if empty:
        Batch.objects.filter(pk__in=empty).update(state=Batch.State.CANCELLED)
    written = {
        batch: routes.of(batch.message).body_of(batch, account, userids[batch.pk])
        for batch in new
        if batch.pk not in empty
    }
    for batch in _would_be_swallowed({batch: digest_of(body) for batch, body in written.items()}):
        pause([batch.message_id], Message.PausedReason.SAME_TEXT)
        del written[batch]
    return written


def _who_is_to_get(batches: Iterable[Batch]) -> dict[int, list[str]]:
    """{key of a batch: its userids, in their order}

    Somebody may have stopped, or their member been lost to somebody else, since the list was frozen: they are taken out.
    """
    theirs = Delivery.objects.filter(batch__in=[batch.pk for batch in batches], problem=None)
    theirs = theirs.annotate(by_now=problem_by_now()).order_by()
    userids, out = {}, {}
    for batch, problem, joined in theirs.values_list("batch_id", "by_now").annotate(_Joined("userid")):
        if problem:
            out[batch, problem] = joined.split("|")
        else:
            userids[batch] = sorted(joined.split("|"))
    for (batch, problem), members in out.items():
        take_out(Batch(pk=batch), Delivery.objects.filter(batch=batch, problem=None, userid__in=members), problem)
    return userids


class _Joined(Aggregate):
    """The texts of a group in one, "a|b|c": a row for each would take this process as long as the database."""

    output_field = TextField()
    template = "%(function)s(%(expressions)s, '|')"
    name = "Joined"

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **context: Any
    ) -> tuple[str, Any]:
        function = "STRING_AGG" if connection.vendor == "postgresql" else "GROUP_CONCAT"
        context = {"function": function} | context
        return super().as_sql(compiler, connection, *args, **context)


def _would_be_swallowed(digests: dict[Batch, str]) -> list[Batch]:
    """Those whose bytes went out lately, or go out with this very claim: WeCom would answer "ok" and deliver nothing."""
    lately = Batch.objects.filter(
        body_sha256__in=set(digests.values()), first_attempt_at__gt=Now() - PACE.same_text_window
    )
    # Said in so many words, else PostgreSQL does not see that the index serves a list of more than a hundred. Those of
    # this claim have none yet.
    lately = lately.exclude(body_sha256="")
    attempted = lately.exclude(state__in=[Batch.State.READY, Batch.State.CANCELLED])
    seen = set(attempted.values_list("body_sha256", flat=True))
    swallowed = []
    for batch, digest in digests.items():
        if digest in seen:
            swallowed.append(batch)
        seen.add(digest)
    return swallowed
