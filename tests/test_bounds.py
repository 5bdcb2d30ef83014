"""Whoever writes to their own groups only does not decide who is in them: by hand, in a file, by a merge."""

import pytest
from django.urls import reverse

from messaging.judgement import own_people
from portal.access.demo import make_administrator, make_sign_in
from portal.people import importing
from portal.people.demo import make_group, make_person
from portal.people.importing.checking import check
from portal.people.models import Import, ImportRow, Merge, Person

pytestmark = pytest.mark.django_db
LIMITED = ["messaging.write", "messaging.own_groups", "people.view", "people.change", "people.import"]
HEAD = ",".join(importing.COLUMNS)


@pytest.fixture
def teacher():
    person = make_person("staff", reference="T1", given_name="Tess", is_contact=True)
    make_group("department", "Chess", members=[person])
    make_group("department", "Choir", members=[make_person("pupil", reference="P1")])
    return make_sign_in(person, options=LIMITED)


def change(client, person, **fields):
    address = reverse("change-person", args=[person.pk])
    form = client.get(address).context["form"]
    data = {field.name: field.value() for field in form if field.value() not in (None, "")}
    return client.post(address, data | fields)


def reached(user):
    return set(own_people(user).values_list("reference", flat=True))


@pytest.mark.parametrize(
    "fields",
    [
        {"groups": "department=Chess; department=Choir"},
        {"roles": ["staff", "contact", "pupil"]},
        {"pupils": "P1=mother"},
    ],
)
def test_nobody_bound_to_their_groups_changes_their_own_groups_roles_or_children(client, teacher, fields):
    client.force_login(teacher)
    answer = change(client, teacher.person, **fields)
    assert answer.status_code == 200 and "somebody else must change your own groups" in answer.content.decode()
    assert reached(teacher) == {"T1"}
    assert change(client, teacher.person, given_name="Tessa").status_code == 302, "their name is another matter"


def test_nor_puts_others_into_them(client, teacher):
    client.force_login(teacher)
    pupil = Person.objects.get(reference="P1")
    answer = change(client, pupil, groups="department=Chess; department=Choir")
    assert answer.status_code == 200 and "must decide who is in them" in answer.content.decode()
    fields = {"reference": "P2", "given_name": "Wei", "roles": ["pupil"], "groups": "department=Chess", "seen": 0}
    assert client.post(reverse("add-person"), fields).status_code == 200
    assert reached(teacher) == {"T1"} and not Person.objects.filter(reference="P2").exists()
    assert change(client, pupil, groups="department=Drama").status_code == 302, (
        "into groups that are not theirs they may"
    )


def test_nor_by_a_file(teacher):
    rows = [
        {
            "reference": "T1",
            "roles": "staff;contact",
            "given_name": "Tess",
            "groups": "department=Chess;department=Choir",
        },
        {"reference": "P2", "roles": "pupil", "given_name": "Wei", "groups": "department=Chess"},
        {"reference": "P3", "roles": "pupil", "given_name": "Bo", "groups": "department=Choir"},
    ]
    lines = [HEAD, *(",".join(row.get(name, "") for name in importing.COLUMNS) for row in rows)]
    imported = Import.objects.create(by=teacher, name="people.csv", size=1)
    check(imported, importing.read("\n".join(lines).encode()))
    bad, new = ImportRow.Verdict.BAD, ImportRow.Verdict.NEW
    assert dict(imported.rows.values_list("reference", "verdict")) == {"T1": bad, "P2": bad, "P3": new}


def test_nor_by_a_merge(client, teacher):
    client.force_login(teacher)
    twin = make_person("staff", reference="T9")
    make_group("department", "Drama", members=[twin])
    address = reverse("merge", args=[teacher.person.pk])
    answer = client.post(address, {"other": twin.pk, "kept": teacher.person.pk, "confirmed": "yes"})
    assert answer.status_code == 200 and not Merge.objects.exists()


def test_whom_nothing_binds_changes_their_own(client):
    administrator = make_administrator()
    administrator.person = make_person("staff", reference="A1")
    administrator.person.user = administrator
    administrator.person.save()
    client.force_login(administrator)
    assert change(client, administrator.person, groups="department=Choir").status_code == 302
    assert administrator.person.group_names == ["Choir"]
