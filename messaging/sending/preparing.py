"""Freeze who gets a message: batches and deliveries, written once, in one transaction."""

from itertools import groupby, islice

from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from .. import routes
from ..audience.people import digest_of_deliveries, people_of
from ..audience.rule import pupils_concerned
from ..judgement import why_it_waits
from ..models import Batch, Delivery, Message
from ..writing.lengths import is_too_long
from ..writing.texts import texts_of, variants

PERSONAL_AT_ONCE = 1000


def prepare_all():
    """Prepare every message whose time has come. A crash leaves it `preparing`, for the next who looks."""
    for pk in Message.objects.to_prepare().values_list("pk", flat=True):
        prepare(pk)


@transaction.atomic
def prepare(pk):
    """Returns whether it was we who prepared it."""
    # First of all statements: whoever changes the row does the work, anybody else finds nothing to change.
    mine = Message.objects.filter(pk=pk, status=Message.Status.PREPARING).update(status=Message.Status.SENDING)
    if not mine:
        return False
    message = Message.objects.get(pk=pk)
    people = people_of(message.rule, message.account, routes.of(message))
    _insert_deliveries(message, people.exclude(problem=None), first=None)
    for variant in variants(message):
        theirs = people.filter(problem=None)
        if variant.languages is not None:
            theirs = theirs.filter(language__in=variant.languages)
        if variant.is_personal:
            _prepare_personal(message, theirs)
        elif is_too_long(message, variant.text or message.text):
            _insert_deliveries(message, theirs.annotate(problem=Value(Delivery.Problem.TOO_LONG)), first=None)
        else:
            _prepare_shared(message, theirs, variant.text)
    message.batches.filter(size=0).delete()
    frozen = digest_of_deliveries(message)
    Message.objects.filter(pk=pk).update(recipients=message.deliveries.count(), frozen_digest=frozen)
    _judge_the_frozen_list(pk)
    return True


def _judge_the_frozen_list(pk):
    """What was decided about a rule may not hold for the rows it came to."""
    if reason := why_it_waits(Message.objects.get(pk=pk)):
        Message.objects.filter(pk=pk).update(status=Message.Status.PAUSED, paused_reason=reason)


def _next_number(message):
    last = message.batches.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _prepare_shared(message, people, text):
    """Everybody of `people` gets the same text: as few batches as WeCom's limit allows."""
    first, most = _next_number(message), routes.of(message).MOST_RECIPIENTS
    # One more than needed: the list may grow by somebody between counting and writing.
    numbers = range(first, first + people.count() // most + 2)
    Batch.objects.bulk_create(Batch(message=message, number=n, urgent=message.urgent, content=text) for n in numbers)
    _insert_deliveries(message, people, first)
    sizes = Delivery.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Count("pk")).values("n")
    message.batches.filter(number__gte=first).update(size=Coalesce(Subquery(sizes), 0))


def _insert_deliveries(message, people, first):
    """INSERT … SELECT in userid order: neither time nor memory of this process grows with people.

    `first` is the number of the first batch; None for people whom a problem keeps out of every batch.
    """
    people = people.annotate(person_id=F("pk")).values("person_id", "problem", "userid")
    select, parameters = people.query.sql_with_params()
    delivery, batch = Delivery._meta.db_table, Batch._meta.db_table
    joined = (
        f"LEFT JOIN {batch} AS batch ON 1 = 0"
        if first is None
        else f"JOIN {batch} AS batch ON batch.message_id = {int(message.pk)} "
        f"AND batch.number = (listed.place - 1) / {int(routes.of(message).MOST_RECIPIENTS)} + {int(first)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {delivery} (message_id, person_id, userid, problem, batch_id)
            SELECT %s, listed.person_id, listed.userid, listed.problem, batch.id
            FROM (
                SELECT chosen.*, row_number() OVER (ORDER BY userid, person_id) AS place FROM ({select}) AS chosen
            ) AS listed
            {joined}
            """,
            [message.pk, *parameters],
        )


def _prepare_personal(message, people):
    """A batch for every different text. Read as a stream: memory holds a thousand people, however many there are."""
    stream = people.order_by("userid", "pk").iterator(chunk_size=PERSONAL_AT_ONCE)
    pupils = pupils_concerned(message.rule)
    while chunk := list(islice(stream, PERSONAL_AT_ONCE)):
        texts = list(zip(texts_of(message, chunk, pupils), chunk, strict=True))
        Delivery.objects.bulk_create(
            Delivery(message=message, person=person, problem=Delivery.Problem.TOO_LONG)
            for text, person in texts
            if is_too_long(message, text)
        )
        fitting = [(text, person) for text, person in texts if not is_too_long(message, text)]
        same = sorted(fitting, key=lambda pair: (pair[0], pair[1].userid))
        groups = [(text, [p for _, p in pairs]) for text, pairs in groupby(same, key=lambda pair: pair[0])]
        first = _next_number(message)
        batches = Batch.objects.bulk_create(
            Batch(message=message, number=first + n, urgent=message.urgent, content=text, size=len(theirs))
            for n, (text, theirs) in enumerate(groups)
        )
        Delivery.objects.bulk_create(
            Delivery(message=message, person=person, userid=person.userid, batch=batch)
            for batch, (_, theirs) in zip(batches, groups, strict=True)
            for person in theirs
        )
