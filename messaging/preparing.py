"""Freeze who gets a message: batches and deliveries, written once, in one transaction."""

from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now

from wechat_admin.models import EnterpriseAccount

from . import audience
from .models import Batch, Delivery, Message
from .route import MOST_RECIPIENTS


def prepare_all():
    """Prepare every message that was sent and is not prepared yet. A crash leaves it `preparing`, for the next who looks."""
    for pk in Message.objects.filter(status=Message.Status.PREPARING).values_list("pk", flat=True):
        prepare(pk)


@transaction.atomic
def prepare(pk):
    """Returns whether it was we who prepared it."""
    # First of all statements: whoever changes the row does the work, anybody else finds nothing to change.
    mine = Message.objects.filter(pk=pk, status=Message.Status.PREPARING).update(status=Message.Status.SENDING)
    if not mine:
        return False
    message = Message.objects.get(pk=pk)
    account = EnterpriseAccount.objects.the()
    reachable = audience.reach(message.audience, account).get(None, 0)
    # One more than needed: the list may grow by somebody between counting and writing.
    numbers = range(1, reachable // MOST_RECIPIENTS + 3)
    Batch.objects.bulk_create(Batch(message=message, number=n, urgent=message.urgent) for n in numbers)
    _insert_deliveries(message, account)
    sizes = Delivery.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Count("pk")).values("n")
    message.batches.update(size=Coalesce(Subquery(sizes), 0), next_attempt_at=Now())
    message.batches.filter(size=0).delete()
    Message.objects.filter(pk=pk).update(
        recipients=message.deliveries.count(), frozen_digest=audience.digest_of_deliveries(message)
    )
    return True


def _insert_deliveries(message, account):
    """INSERT … SELECT in userid order: neither time nor memory of this process grows with people."""
    people = audience.people(message.audience, account).annotate(person_id=F("pk"))
    people = people.values("person_id", "problem", "userid")
    select, parameters = people.query.sql_with_params()
    delivery, batch = Delivery._meta.db_table, Batch._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {delivery} (message_id, person_id, userid, problem, batch_id)
            SELECT %s, listed.person_id, listed.userid, listed.problem, batch.id
            FROM (
                SELECT chosen.*, row_number() OVER (
                    PARTITION BY CASE WHEN problem IS NULL THEN 1 ELSE 0 END ORDER BY userid, person_id
                ) AS place
                FROM ({select}) AS chosen
            ) AS listed
            LEFT JOIN {batch} AS batch
                ON batch.message_id = %s AND listed.problem IS NULL
                AND batch.number = (listed.place - 1) / {MOST_RECIPIENTS} + 1
            """,
            [message.pk, *parameters, message.pk],
        )
