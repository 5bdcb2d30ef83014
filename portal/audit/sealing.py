"""Blocks: what was written is sealed by hash, each block with that of the one before.

The sweeper does it, not the request: a chain through every act would make all pages queue for its end. Between an act
and its sealing lie some minutes.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import UTC

from django.db import OperationalError, connection, transaction
from django.db.models import Max

from .models import AuditEvent, Block

log = logging.getLogger(__name__)
MOST_IN_A_BLOCK = 1000
PATIENCE = "200ms"  # for this long pages that write into the trail wait at most, and only while it is asked


def seal():
    """Seal whatever stands. Two at one time make each block once."""
    bound = _nothing_can_come_below()
    while bound is not None and _seal_one(bound):
        pass


def _nothing_can_come_below():
    """The newest key below which no open transaction can still write one, or None where that cannot be known now.

    A key is drawn when a row is written and seen when its transaction ends, so a lower one may come after a higher.
    Whoever writes holds the table's lock until then; had for a moment, it says that nobody does.
    """
    if connection.vendor != "postgresql":  # SQLite has one writer at a time
        return _newest()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            cursor.execute("LOCK TABLE audit_auditevent IN SHARE MODE")
            return _newest()
    except OperationalError:
        return None  # somebody writes just now: next time


def _newest():
    return AuditEvent.objects.aggregate(newest=Max("pk"))["newest"]


def _seal_one(bound):
    """Whether there was something to seal."""
    head = Block.objects.order_by("-number").first()
    after = head.last if head else 0
    events = AuditEvent.objects.filter(pk__gt=after, pk__lte=bound).order_by("pk")[:MOST_IN_A_BLOCK]
    sealed = hash_of(head, events)
    if not sealed.events:
        return False
    block = Block(
        number=head.number + 1 if head else 1,
        last=sealed.last,
        events=sealed.events,
        newest_at=sealed.newest_at,
        hash=sealed.hash,
    )
    Block.objects.bulk_create([block], ignore_conflicts=True)
    return True


@dataclass
class Sealed:
    events: int
    last: int
    newest_at: object
    hash: str


def hash_of(before, events):
    """What a block of these events after the block `before` (None: the first) says."""
    digest = hashlib.sha256(f"{before.number} {before.hash}".encode() if before else b"")
    count, last, newest_at = 0, 0, None
    for event in events:
        digest.update(b"\n" + canonical(event))
        count, last = count + 1, event.pk
        newest_at = max(event.at, newest_at or event.at)
    return Sealed(count, last, newest_at, digest.hexdigest())


def canonical(event):
    """An event as bytes, the same on every database: a line of JSON, its keys in order."""
    values = [
        event.pk,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_id,
        event.act,
        event.subject,
        event.on_behalf_of,
        event.once,
        event.details,
    ]
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def head():
    """The newest block: whoever has its hash in another place can prove all before it. None before the first."""
    return Block.objects.order_by("-number").first()


def say_the_head():
    """Into the log, which stands elsewhere: whoever owns the database cannot make the chain anew unseen."""
    if block := head():
        log.info("The audit trail is sealed up to block %d: %s", block.number, block.hash)
