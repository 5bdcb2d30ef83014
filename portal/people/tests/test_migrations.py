"""A school's existing rows: what stands in the way is listed, and the migration goes on."""

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = ("people", "0003_language_of_any_catalogue"), ("people", "0004_keys_labels_and_chosen_languages")


def migrate(target):
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def at_the_version_before(transactional_db):
    yield migrate(BEFORE)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_look_alikes_that_stand_are_listed_and_stay(at_the_version_before, capsys):
    old = at_the_version_before
    Person, Group = old.get_model("people", "Person"), old.get_model("people", "Group")
    for reference in ("TORTCASE", "tortcase", "000101", "101", "P1", "P2"):
        Person.objects.create(reference=reference, given_name="Zoë", is_pupil=True)
    year7, year8 = (Group.objects.create(kind="year", name=name) for name in ("七年级", "八年级"))
    Group.objects.create(kind="house", name="Red"), Group.objects.create(kind="house", name="red")
    mixed = Group.objects.create(kind="form", name="1班", parent=year7)
    Membership = old.get_model("people", "Membership")
    for reference, year in (("P1", year7), ("P2", year8)):
        person = Person.objects.get(reference=reference)
        Membership.objects.bulk_create([Membership(person=person, group=group) for group in (year, mixed)])
    new = migrate(AFTER)
    said = capsys.readouterr().out
    for line in ("TORTCASE, tortcase", "000101, 101", "house=Red, house=red", "1班: 七年级, 八年级"):
        assert line in said
    people = new.get_model("people", "Person").objects
    assert people.count() == 6 and people.filter(resembles_another=True).get().reference == "tortcase"
    assert people.get(reference="P1").reference_key == "p1" and people.filter(search_text__contains="zoe").count() == 6
    groups = new.get_model("people", "Group").objects
    assert groups.count() == 5 and groups.filter(resembles_another=True).get().name == "red"
    assert set(groups.values_list("label", flat=True)) == {"七年级", "八年级", "Red", "red", "1班"}


BEFORE_LAST_DAYS, AFTER_LAST_DAYS = ("people", "0006_birth_year"), ("people", "0007_roles_end_by_themselves")


def test_a_leaving_date_becomes_the_last_day_of_every_role_and_back(transactional_db):
    Person = migrate(BEFORE_LAST_DAYS).get_model("people", "Person")
    day = date(2020, 7, 10)
    Person.objects.create(
        reference="T", reference_key="t", given_name="A", is_staff_member=True, is_contact=True, leaving_on=day
    )
    Person.objects.create(reference="P", reference_key="p", given_name="B", is_pupil=True)
    new = migrate(AFTER_LAST_DAYS).get_model("people", "Person").objects
    teacher, pupil = new.get(reference="T"), new.get(reference="P")
    assert (teacher.staff_last_day, teacher.contact_last_day, teacher.pupil_last_day) == (day, day, None)
    assert pupil.pupil_last_day is None
    new.filter(reference="T").update(contact_last_day=date(2021, 7, 10))
    old = migrate(BEFORE_LAST_DAYS).get_model("people", "Person").objects
    assert dict(old.values_list("reference", "leaving_on")) == {"T": date(2021, 7, 10), "P": None}
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
