"""Whether the trail is as it was sealed."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from . import triggers
from .models import AuditEvent, Block, Verification
from .sealing import hash_of

AT_ONCE = 1000
BLOCKS_A_ROUND, EVENTS_A_ROUND = 500, 10_000
AGAIN_AFTER = timedelta(days=1)


@dataclass
class Found:
    blocks: int = 0
    events: int = 0
    head: Block | None = None
    wrong: list = field(default_factory=list)  # sentences


def verify(*, known_head=""):
    """Every block from the first; `known_head` is a hash that was written down elsewhere, which must stand among them."""
    found = Found()
    if missing := triggers.missing(connection):
        found.wrong.append(_("The database no longer refuses changes: %(names)s.") % {"names": ", ".join(missing)})
    hashes = set()
    for block in Block.objects.order_by("number").iterator(AT_ONCE):
        if sentence := what_is_wrong(found.head, block):
            found.wrong.append(sentence)
            break  # behind it nothing can be said
        hashes.add(block.hash)
        found.blocks, found.events, found.head = found.blocks + 1, found.events + block.events, block
    if known_head and known_head not in hashes:
        found.wrong.append(_("No block has the hash %(hash)s.") % {"hash": known_head})
    return found


def what_is_wrong(before, block):
    """A sentence, or "". `before` is the block before it, None for the first."""
    numbers = {"number": block.number, "first": before.last + 1 if before else 1, "last": block.last}
    if block.number != (before.number + 1 if before else 1):
        return _("A block before block %(number)s is missing.") % numbers
    events = AuditEvent.objects.filter(pk__gt=before.last if before else 0, pk__lte=block.last).order_by("pk")
    if block.dropped_at:
        # Nobody can count them again, but nothing may have come into their place.
        if events.exists():
            return _("Block %(number)s was dropped, and there are events in its place.") % numbers
        return ""
    sealed = hash_of(before, events.iterator(AT_ONCE))
    if sealed.hash == block.hash:
        return ""
    numbers |= {"sealed": block.events, "now": sealed.events}
    if sealed.events != block.events:
        return (
            _("Block %(number)s (events %(first)s to %(last)s) held %(sealed)s events and holds %(now)s now.") % numbers
        )
    return _("Block %(number)s (events %(first)s to %(last)s) is not as it was sealed.") % numbers


def verify_some():
    """The sweeper's way: some blocks a round, from the first again every day. What it found stands in a row."""
    row, _is_new = Verification.objects.get_or_create(pk=1)
    blocks = _behind(row.number)
    if not blocks:
        _begin_again()
        return
    before = Block.objects.filter(number=row.number).first()
    for block in blocks:
        if what_is_wrong(before, block):
            Verification.objects.update(broken=block.number, found_at=Now())
            break
        before = block
    Verification.objects.update(number=blocks[-1].number)


def _behind(number):
    """The next blocks: many small ones, or a few large ones."""
    chosen, events = [], 0
    for block in Block.objects.filter(number__gt=number).order_by("number")[:BLOCKS_A_ROUND]:
        chosen.append(block)
        events += block.events
        if events >= EVENTS_A_ROUND:
            break
    return chosen


def _begin_again():
    """A day after it began. What was found broken stands until a whole pass has found nothing."""
    due = Verification.objects.filter(begun_at__lt=Now() - AGAIN_AFTER)
    due.filter(found_at__lt=F("begun_at")).update(broken=None, found_at=None)
    due.update(number=0, begun_at=Now())
