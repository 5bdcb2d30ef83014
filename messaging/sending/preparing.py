"""Freeze who gets a message: batches and deliveries, written once, in one transaction."""

from itertools import groupby

from django.db import transaction
from django.db.models import Max

from portal.people.models import Person

from .. import routes
from ..audience import pupils as by_pupil
from ..audience.people import people_of
from ..audience.rule import pupils_concerned
from ..judgement import why_it_waits
from ..models import Batch, Delivery, Message, Span
from ..writing.lengths import is_too_long
from ..writing.texts import Variant, texts_of, variants
from . import following
from .doorbells import ring_every_worker
from .each import insert_each
from .frozen import FrozenList


def prepare_all() -> None:
    """Prepare every message whose time has come. A crash leaves it `preparing`, for the next who looks."""
    for pk in Message.objects.to_prepare().order_by("-urgent", "start_at").values_list("pk", flat=True):
        if _nobody_is_at_it(pk):
            prepare(pk)


@transaction.atomic
def _nobody_is_at_it(pk: int) -> bool:
    """Who waited for another to freeze a long list would keep those that came meanwhile waiting too."""
    return bool(Message.objects.select_for_update(skip_locked=True).filter(pk=pk).values_list("pk"))


@transaction.atomic
def prepare(pk: int) -> bool:
    """Returns whether it was we who prepared it."""
    # First of all statements: whoever changes the row does the work, anybody else finds nothing to change.
    mine = Message.objects.filter(pk=pk, status=Message.Status.PREPARING).update(status=Message.Status.SENDING)
    if not mine:
        return False
    message = Message.objects.get(pk=pk)
    theirs = variants(message)
    too_long = {number for number, variant in enumerate(theirs) if _is_too_long_for_all(message, variant)}
    people = people_of(message.rule, message.account, routes.of(message))
    with FrozenList(people, theirs, too_long) as listed:
        shared = {n: variant for n, variant in enumerate(theirs) if not variant.is_personal and n in listed.reached}
        first = _batches_of_shared(message, {n: (variant.text, listed.reached[n]) for n, variant in shared.items()})
        listed.write(message, first, routes.of(message).MOST_RECIPIENTS)
        for number, variant in enumerate(theirs):
            if variant.is_personal:
                _prepare_personal(message, listed, number)
        if message.part_count > 1:
            _prepare_later_parts(message, listed)
    by_pupil.keep(message)
    Message.objects.filter(pk=pk).update(recipients=listed.number, frozen_digest=listed.digest)
    _judge_the_frozen_list(pk)
    if message.batches.filter(number=2).exists():  # what is more than one call is begun by all at once
        transaction.on_commit(ring_every_worker, robust=True)
    return True


def _prepare_later_parts(message: Message, listed: FrozenList) -> None:
    """Whatever the words of each are, a file is the same for all: a call of each part for as many as WeCom allows."""
    ranges = listed.ranges(message, routes.of(message).MOST_RECIPIENTS)
    spans = Span.objects.bulk_create(Span(message=message, first=first, last=last) for first, last, _size in ranges)
    sizes = [(span, size) for span, (_first, _last, size) in zip(spans, ranges, strict=True)]
    last = message.batches.aggregate(last=Max("number"))["last"] or 0
    Batch.objects.bulk_create(following.batches_of(message, sizes, last + 1))


def _is_too_long_for_all(message: Message, variant: Variant) -> bool:
    return not variant.is_personal and is_too_long(message, variant.text or message.text)


def _judge_the_frozen_list(pk: int) -> None:
    """What was decided about a rule may not hold for the rows it came to."""
    if reason := why_it_waits(Message.objects.get(pk=pk)):
        Message.objects.filter(pk=pk).update(status=Message.Status.PAUSED, paused_reason=reason)


def _batches_of_shared(message: Message, texts: dict[int, tuple[str, int]]) -> dict[int, int]:
    """As few batches as WeCom's limit allows for each {key: (text, how many get it)}; {key: number of its first}."""
    first: dict[int, int] = {}
    batches: list[tuple[int, str, int]] = []
    most = routes.of(message).MOST_RECIPIENTS
    for key, (text, people) in texts.items():
        first[key] = len(batches) + 1
        for start in range(0, people, most):
            batches.append((len(batches) + 1, text, min(most, people - start)))
    _write_batches(message, batches)
    return first


def _write_batches(message: Message, batches: list[tuple[int, str, int]]) -> None:
    """Of tuples of a number, a text and how many get it."""
    insert_each(Batch, [(message.pk, *batch) for batch in batches], ["message", "number", "content", "size"])


def _prepare_personal(message: Message, listed: FrozenList, variant: int) -> None:
    """A batch for every different text. Read as a stream: memory holds a thousand people, however many there are."""
    pupils = pupils_concerned(message.rule)
    number = message.batches.aggregate(last=Max("number"))["last"] or 0
    for chunk in listed.in_chunks(variant):
        people = Person.everybody.in_bulk(pk for pk, _userid in chunk)  # whoever was merged meanwhile as well
        texts = texts_of(message, [people[pk] for pk, _userid in chunk], pupils)
        same = sorted(zip(texts, chunk, strict=True), key=lambda pair: (pair[0], pair[1][1]))
        batches: list[tuple[int, str, int]] = []
        rows: list[tuple] = []
        for text, pairs in groupby(same, key=lambda pair: pair[0]):
            theirs = [one for _text, one in pairs]
            if is_too_long(message, text):
                rows += [(pk, "", 0, Delivery.Problem.TOO_LONG) for pk, _userid in theirs]
                continue
            number += 1
            batches.append((number, text, len(theirs)))
            rows += [(pk, userid, number, None) for pk, userid in theirs]
        _write_batches(message, batches)
        listed.write_each(message, rows)
