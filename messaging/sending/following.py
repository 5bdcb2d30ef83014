"""The later parts of a message: whose turn has come, and who gets them. The reasons stand in docs/sending.md."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Case, CharField, Exists, F, Max, OuterRef, QuerySet, Value, When
from django.db.models.functions import Now

from ..models import Batch, Delivery, Message, Span, Straggler
from .each import insert_each
from .standing import problem_by_now

# When a batch is due whose turn has not come.
NOT_YET = datetime(3000, 1, 1, tzinfo=UTC)
State = Batch.State
_ON_ITS_WAY = (State.READY, State.IN_FLIGHT)
_ENDED = (State.REJECTED, State.UNKNOWN, State.CANCELLED)


def batches_of(
    message: Message, spans: Iterable[tuple[Span, int]], first_number: int, *, after: int = 1
) -> list[Batch]:
    """Unsaved batches of the parts after `after` for [(span, size)]; they fall due when the part before lets them."""
    parts = range(after + 1, message.part_count + 1)
    pairs = [(part, span, size) for part in parts for span, size in spans]
    return [
        Batch(
            message=message,
            number=number,
            part_number=part,
            span=span,
            size=size,
            next_attempt_at=NOT_YET,
        )
        for number, (part, span, size) in enumerate(pairs, start=first_number)
    ]


# --- whose turn has come ---


def go_on(messages: Iterable[int]) -> None:
    """Make due the later parts of these whose turn has come, and end those that nobody is left for.

    Settling tries it; the sweep makes sure of it.
    """
    messages = list(messages)
    while messages and _go_on(messages):
        pass  # what was ended may end what comes after it


def _go_on(messages: list[int]) -> bool:
    """Returns whether anything was ended."""
    waiting = Batch.objects.filter(message__in=messages, state=State.READY, next_attempt_at=NOT_YET, part_number__gt=1)
    found = list(waiting.alias(before=_before()).exclude(before=State.READY).values_list("pk", _before()))
    due = [pk for pk, before in found if before == State.ACCEPTED]
    over = [pk for pk, before in found if before == State.CANCELLED]
    if due:
        waiting.filter(pk__in=due).update(next_attempt_at=Now())
    return bool(over and waiting.filter(pk__in=over).update(state=State.CANCELLED, problems=F("size")))


def _before() -> Case:
    """How the part before stands for the people of a later batch: accepted for somebody, and in the air for nobody; over
    for all of them (cancelled); else ready, which is to say that their turn has not come."""
    around = Delivery.objects.filter(
        message=OuterRef("message"), problem=None, pk__gte=OuterRef("span__first"), pk__lte=OuterRef("span__last")
    )
    stragglers = Delivery.objects.filter(straggler__span=OuterRef("span"), straggler__problem=None, problem=None)
    previous = Batch.objects.filter(span=OuterRef("span"), part_number=OuterRef("part_number") - 1)
    of_previous = Case(
        When(Exists(previous.filter(state=State.ACCEPTED)), then=Value(State.ACCEPTED)),
        When(Exists(previous.filter(state__in=_ENDED)), then=Value(State.CANCELLED)),
        default=Value(State.READY),
    )
    return Case(
        When(part_number__gt=2, then=of_previous),
        When(span__first__isnull=False, then=_of_words(around)),
        default=_of_words(stragglers),
        output_field=CharField(),
    )


def _of_words(people: QuerySet[Delivery]) -> Case:
    return Case(
        When(Exists(people.filter(batch__state__in=_ON_ITS_WAY)), then=Value(State.READY)),
        When(Exists(people.filter(batch__state=State.ACCEPTED)), then=Value(State.ACCEPTED)),
        When(Exists(people.filter(batch__state=State.UNCERTAIN)), then=Value(State.READY)),
        default=Value(State.CANCELLED),
    )


# --- who gets it ---


def who_follow(batches: Iterable[Batch]) -> dict[int, list[str]]:
    """{key of a batch: its userids, in their order} of later batches that are being claimed. Those whose turn has not come
    after all are not due any more."""
    userids = {}
    for batch in batches:
        row, theirs = Batch.objects.filter(pk=batch.pk), _who_follows(batch)
        if theirs is None:
            row.update(next_attempt_at=NOT_YET)
        else:
            row.update(problems=F("size") - len(theirs))
            userids[batch.pk] = theirs
    return userids


def _who_follows(batch: Batch) -> list[str] | None:
    """The userids of one; None where its turn has not come.

    Whoever does not get it with the others is written down as a straggler, so that what is proven later changes nothing.
    """
    if batch.part_number > 2:
        return _those_of_the_part_before(batch)
    people = list(
        _span_of(batch)
        .members.annotate(by_now=problem_by_now())
        .order_by("userid")
        .values_list("pk", "userid", "batch__state", "by_now")
    )
    states = {state for _pk, _userid, state, _problem in people}
    is_in_the_air = bool(states & set(_ON_ITS_WAY))
    if is_in_the_air or (State.UNCERTAIN in states and State.ACCEPTED not in states):
        return None
    out = {pk: by_now for pk, _userid, state, by_now in people if state == State.ACCEPTED and by_now}
    out |= {pk: Straggler.NOT_BEFORE for pk, _userid, state, _problem in people if state in _ENDED}
    take_out(batch, out)
    _let_follow(batch, [pk for pk, _userid, state, _problem in people if state == State.UNCERTAIN])
    return [userid for pk, userid, state, _problem in people if state == State.ACCEPTED and pk not in out]


def _span_of(batch: Batch) -> Span:
    """Whose turn it is: a later part has one."""
    if batch.span is None:
        raise TypeError("The batch is of the first part.")
    return batch.span


def _those_of_the_part_before(batch: Batch) -> list[str] | None:
    before = _span_of(batch).batches.filter(part_number=batch.part_number - 1).values_list("state", flat=True).get()
    if before in _ENDED:
        return []
    if before != State.ACCEPTED:
        return None
    people = list(
        _span_of(batch)
        .members.annotate(by_now=problem_by_now())
        .order_by("userid")
        .values_list("pk", "userid", "by_now")
    )
    out = {pk: by_now for pk, _userid, by_now in people if by_now}
    take_out(batch, out)
    return [userid for pk, userid, _problem in people if pk not in out]


def take_out(batch: Batch, problems: dict[int, str]) -> None:
    """Of {delivery: problem} nobody gets this part, nor one after it."""
    if not problems:
        return
    known = Straggler.objects.filter(pk__in=problems)
    for problem in set(problems.values()):
        of_it = [pk for pk, why in problems.items() if why == problem]
        known.filter(pk__in=of_it).update(problem=problem, part_number=batch.part_number)
    rest = set(problems) - set(known.values_list("pk", flat=True))
    rows = [(pk, batch.span_id, batch.part_number, problems[pk]) for pk in sorted(rest)]
    insert_each(Straggler, rows, ["delivery", "span", "part_number", "problem"])


def _let_follow(batch: Batch, deliveries: list[int]) -> None:
    """Those of whom it is not known yet whether they have the part before get this one in a call of their own."""
    if not deliveries:
        return
    message, number = batch.message, len(deliveries)
    span = Span.objects.create(message=message)
    known = Straggler.objects.filter(pk__in=deliveries)
    known.update(span=span)
    rest = set(deliveries) - set(known.values_list("pk", flat=True))
    insert_each(Straggler, [(pk, span.pk) for pk in sorted(rest)], ["delivery", "span"])
    _span_of(batch).batches.update(size=F("size") - number)
    last = message.batches.aggregate(last=Max("number"))["last"]
    Batch.objects.bulk_create(batches_of(message, [(span, number)], last + 1))
