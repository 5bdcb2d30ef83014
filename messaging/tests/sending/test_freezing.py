"""What freezing costs does not grow with people, and what it writes belongs together."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from messaging.audience.digest import digest_of_ids
from messaging.audience.people import digest_of, people_of
from messaging.demo import make_message
from messaging.models import Batch, Delivery, Message
from messaging.sending.frozen import PEOPLE_STAY
from messaging.sending.preparing import prepare
from portal.people.demo import make_person
from portal.people.models import Relationship
from registration.models import Registration

from .rows import prepared, registered

pytestmark = pytest.mark.django_db
EVERYBODY = {"include": [{"role": "registered"}, {"role": "contacts"}]}


def _statements_to_freeze(author, **fields):
    message = make_message(author, rule=EVERYBODY, **fields)
    with CaptureQueriesContext(connection) as captured:
        prepare(message.pk)
    return [query["sql"] for query in captured]


def test_one_text_costs_as_many_statements_for_thirty_as_for_three(account, author):
    registered(3)
    few = _statements_to_freeze(author)
    registered(27)
    many = _statements_to_freeze(author)
    assert len(few) == len(many) <= 25
    worked_out = [sql for sql in many if "may_not_receive" in sql]
    assert len(worked_out) == 1, "whom the rule means is asked once"


def test_a_personal_text_costs_as_many_statements_for_thirty_as_for_three(account, author):
    registered(3)
    few = _statements_to_freeze(author, text="Dear ((name))")
    registered(27)
    assert len(_statements_to_freeze(author, text="Dear ((name))")) == len(few)


def test_registrations_are_joined_once(account):
    sql = str(people_of({"include": [{"role": "registered"}]}, account).query)
    table = Registration._meta.db_table
    assert sql.count(f'JOIN "{table}"') == 1 and sql.count(f'FROM "{table}"') <= 2  # of those who stopped


@pytest.mark.parametrize(("role", "sets", "days"), [("registered", 5, 48), ("contacts", 5, 40), ("guardians", 3, 30)])
def test_a_clause_asks_of_each_person_no_more_than_it_needs(account, role, sets, days):
    """What is said twice is worked out twice, for everybody: sets of relationships, and questions of last days."""
    sql = str(people_of({"include": [{"role": role}]}, account).values("pk", "problem").query)
    assert sql.count(f'FROM "{Relationship._meta.db_table}"') <= sets
    assert sql.count("_last_day") <= days


@pytest.mark.postgresql
def test_no_set_is_read_anew_for_each_person(account):
    """A set behind an OR that is not hashed is read for every person: a quarter of a million squared."""
    people = people_of(EVERYBODY | {"exclude": [{"role": "staff"}]}, account)
    with connection.cursor() as cursor:
        sql, parameters = people.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    of_each = [line for line in plan.splitlines() if "(SubPlan" in line or "alternatives" in line]
    assert of_each == []


def test_every_delivery_belongs_to_a_message_and_a_batch_that_are_there(account, author):
    """The database proves none of the keys any more."""
    registered(5)
    messages = [prepared(author, text=text) for text in ("Dear ((name))", "Hello")]
    messages[0].delete()
    assert Delivery.objects.count() == 5
    assert not Delivery.objects.exclude(message__in=Message.objects.all()).exists()
    assert (
        not Delivery.objects.exclude(batch=None).exclude(batch__in=Batch.objects.filter(message=messages[1])).exists()
    )


@pytest.mark.postgresql
def test_the_database_deletes_nobody_who_has_deliveries(account, author):
    person = registered(1)[0]
    prepared(author)
    alone = make_person("contact")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_person WHERE id = %s", [alone.pk])
        with pytest.raises(IntegrityError), transaction.atomic():
            person.registrations.all().delete()
            cursor.execute("DELETE FROM people_person WHERE id = %s", [person.pk])


@pytest.mark.postgresql
def test_who_deletes_a_person_waits_for_a_list_that_is_being_frozen(account):
    alone, other = make_person("contact"), connection.copy()
    with other.cursor() as freezing, connection.cursor() as cursor:
        freezing.execute("BEGIN; SELECT pg_advisory_xact_lock_shared(%s)", [PEOPLE_STAY])
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(OperationalError), transaction.atomic():
            cursor.execute("DELETE FROM people_person WHERE id = %s", [alone.pk])
        freezing.execute("COMMIT")
        cursor.execute("DELETE FROM people_person WHERE id = %s", [alone.pk])
    other.close()


def test_no_index_of_deliveries_is_the_beginning_of_another():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Delivery._meta.db_table)
    indexes = [one["columns"] for one in constraints.values() if one["index"] or one["unique"] or one["primary_key"]]
    columns = [tuple(filter(None, each)) for each in indexes if each]
    # Partial ones and those of expressions are for themselves.
    whole = [each for each in columns if each not in (("message_id", "problem"), ("message_id",))]
    for one in whole:
        longer = [other for other in whole if other != one and other[: len(one)] == one]
        assert not longer, f"{one} is the beginning of {longer}"


def test_a_list_has_the_same_name_wherever_it_is_made_and_another_one_when_anybody_changes(account, author):
    people = registered(4)
    rule = {"include": [{"listed": [person.pk for person in people], "name": ""}]}
    name = digest_of(rule, account)
    assert (
        name == digest_of_ids([person.pk for person in reversed(people)]) == prepared(author, rule=rule).frozen_digest
    )
    other = registered(1)[0]
    exchanged = [{"listed": [other.pk, *(person.pk for person in people[1:])], "name": ""}]
    names = [
        name,
        digest_of({"include": exchanged}, account),
        digest_of({"include": rule["include"] + exchanged}, account),
    ]
    assert len(set(names)) == 3


def test_lists_of_the_same_sum_have_names_of_their_own():
    # 1 + 5 + 6 = 2 + 3 + 7, and so are their squares.
    assert digest_of_ids([1, 5, 6]) != digest_of_ids([2, 3, 7])
    assert digest_of_ids([1, 4]) != digest_of_ids([2, 3])
