"""What claiming and settling cost does not grow with what waits: statements counted, plans looked at."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.audience.people import people_of
from messaging.models import Batch, Delivery, Message
from messaging.routes.outcome import OK, Outcome
from messaging.sending.claim import claim
from messaging.sending.settle import settle
from portal.people.models import Person
from portal.school.models import SchoolSetting
from registration.models import Registration
from wechat_admin.demo import make_account
from wechat_admin.wecom.client import SendAnswer

from .rows import prepared, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(doorbells):
    return make_account()


def families(number):
    """So many more who are registered, in three statements."""
    have = Person.objects.count()
    people = Person.objects.bulk_create(
        Person(reference=f"F{have + n:07}", given_name="Pat", family_name=f"No{have + n}", is_contact=True)
        for n in range(number)
    )
    consent = {"consented_at": "2026-01-01T00:00:00Z", "consent_version": "x", "consent_language": "en"}
    account = make_account()
    Registration.objects.bulk_create(
        Registration(
            person=person,
            account_key=account.account_key,
            status="registered",
            userid=f"sp-{person.reference}",
            mobile="+8613800138000",
            confirmed_at="2026-01-01T00:00:00Z",
            **consent,
        )
        for person in people
    )


def claimed_and_settled(account, number):
    """What was asked of the database to claim so many batches, and to settle them."""
    with CaptureQueriesContext(connection) as asked:
        mine = claim(account, number)
        for each in mine:
            each.outcome, each.answer = Outcome(OK, 0), SendAnswer("m", frozenset(), frozenset())
        settle(mine)
    assert len(mine) == number
    return [query["sql"] for query in asked.captured_queries]


def test_forty_batches_cost_as_many_statements_as_two(account, author):
    registered(60)
    prepared(author, text="Dear ((name))")
    claimed_and_settled(account, 2)
    assert len(claimed_and_settled(account, 2)) == len(claimed_and_settled(account, 40))


def _nodes(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def plans(statements):
    with connection.cursor() as cursor:
        for sql in statements:
            if sql.startswith(("SELECT", "UPDATE")):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
                (found,) = cursor.fetchone()
                yield (found if isinstance(found, list) else json.loads(found))[0]["Plan"]


def how(statements):
    """Of all plans: {(table, how it is read)}, and what they cost together."""
    found = list(plans(statements))
    nodes = [node for plan in found for node in _nodes(plan)]
    read = {(n["Relation Name"], n.get("Index Name", n["Node Type"])) for n in nodes if "Relation Name" in n}
    return read, sum(plan["Total Cost"] for plan in found)


@pytest.mark.postgresql
def test_a_claim_finds_its_batches_by_an_index_however_many_wait(account, author):
    """PostgreSQL prefers to read small tables whole: what it must find by an index is named, and for the rest it is told
    that no table is small."""
    SchoolSetting.objects.create(name="approval_above", value=0)
    batches, costs = Batch._meta.db_table, []
    for number in (1000, 4000):
        families(number)
        message = prepared(author, text="Dear ((name)), of ((school))")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        statements = claimed_and_settled(account, 120)
        read, _ = how(statement for statement in statements if "VALUES" not in statement)
        assert (batches, "Seq Scan") not in read
        assert {(batches, "batches_open"), (batches, "batches_by_text"), (batches, "batches_in_flight")} <= read
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            read, cost = how(statements)
            cursor.execute("SET LOCAL enable_seqscan = on")
        assert not {(model._meta.db_table, "Seq Scan") for model in (Batch, Delivery, Registration)} & read
        costs.append(cost)
        message.batches.update(state=Batch.State.CANCELLED)
        Message.objects.filter(pk=message.pk).update(status=Message.Status.CANCELLED)
    assert costs[1] < 1.5 * costs[0], costs
    # Left to itself it finds each row that is written, too, where there are thousands (`random_page_cost`).
    assert (batches, "Seq Scan") not in how(statements)[0]


@pytest.mark.postgresql
def test_a_claim_of_thousands_looks_up_its_own_people_alone(account, author):
    """Half the school in one claim: there PostgreSQL would rather read everybody's registration, if it could."""
    SchoolSetting.objects.create(name="approval_above", value=0)
    families(4000)
    prepared(author)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    statements = [sql for sql in claimed_and_settled(account, 2) if "VALUES" not in sql]
    table = Registration._meta.db_table
    assert {how_read for name, how_read in how(statements)[0] if name == table} == {"one_registration_per_person"}
    assert sum(table in sql for sql in statements) == 1


@pytest.mark.postgresql
@pytest.mark.parametrize("role", ["registered", "contacts"])
def test_who_is_a_pupil_no_more_is_found_by_their_last_day(account, role):
    """Else everybody who is no pupil is read to find the few contacts of pupils who are gone."""
    families(1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        list(people_of({"include": [{"role": role}]}, account))
    nodes = [node for plan in plans(query["sql"] for query in asked) for node in _nodes(plan)]
    assert "pupils_who_end" in {node.get("Index Name") for node in nodes}
