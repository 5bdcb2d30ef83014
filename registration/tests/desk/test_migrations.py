"""Invitations of a school that has some: each keeps its result, and what waited leaves as a letter."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.people.demo import make_person

BEFORE, AFTER = ("registration", "0008_where_departments_stand"), ("registration", "0010_states_stand_on_letters")


def migrate(target):
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def at_the_version_before(transactional_db):
    yield migrate(BEFORE)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_invitations_keep_their_results_and_none_in_the_air_leaves_again(at_the_version_before):
    old = at_the_version_before
    Run, Invitation = old.get_model("registration", "InvitationRun"), old.get_model("registration", "Invitation")
    person = make_person("contact")  # people's own migrations stay where they are
    for state in ("waiting", "sending", "sent", "failed", "unknown"):
        Invitation.objects.create(run=Run.objects.create(), person_id=person.pk, state=state)
    Invitation.objects.create(run=Run.objects.create(way="print"), person_id=person.pk, state="sent")
    new = migrate(AFTER)
    found = new.get_model("registration", "Invitation").objects.order_by("pk").values_list("letter__state", flat=True)
    assert list(found) == ["waiting", "unknown", "sent", "failed", "unknown", None]
    letters = new.get_model("mail", "Letter").objects
    assert set(letters.values_list("kind", "about")) == {("registration.invitation", person.pk)}
