"""A person added and mended at the desk, by the very code of the import; and whose a fact is when a file comes again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.people import importing
from portal.people.demo import make_group, make_person, relate
from portal.people.importing.actions import import_people
from portal.people.models import Import, Membership, Person, Relationship
from portal.people.roles import Role
from portal.people.shared import whose_too

pytestmark = pytest.mark.django_db
HEAD = ",".join(importing.COLUMNS)


@pytest.fixture(autouse=True)
def secretary(client):
    user = make_sign_in(make_person("staff", given_name="Office"), options=["people.view", "people.change"])
    client.force_login(user)
    return user


def add(client, **fields):
    data = {"reference": "C77", "given_name": "Wei", "roles": ["contact"], "seen": 0}
    return client.post(reverse("add-person"), data | fields)


def change(client, person, **fields):
    """As a browser would: what the page shows, and what somebody typed instead."""
    address = reverse("change-person", args=[person.pk])
    form = client.get(address).context["form"]
    data = {field.name: field.value() for field in form if field.value() not in (None, "")}
    return client.post(address, data | fields)


def bring(*lines):
    return import_people(importing.read("\n".join([HEAD, *lines]).encode()))


def mobile():
    return Person.objects.get(reference="C1").mobile


# --- adding and changing ---


def test_a_person_is_added_with_all_that_a_file_may_say(client):
    pupil = make_person("pupil", reference="P7")
    fields = {"chinese_name": "王伟", "mobile": "138 0013 8000", "groups": "department=Choir", "birth_year": "1980"}
    answer = add(client, pupils="P7=father no-data", **fields)
    person = Person.objects.get(reference="C77")
    assert answer.url == reverse("person", args=[person.pk]) and person.mobile == "+8613800138000"
    link = Relationship.objects.get(contact=person, pupil=pupil)
    assert (link.kind, link.may_see_data, link.may_receive_messages) == ("father", False, True)
    assert person.group_names == ["Choir"] and person.birth_year == 1980 and person.roles_now == [Role.CONTACT]
    assert (
        AuditEvent.objects.filter(
            act="added a person", subject=f"person {Person.objects.get(reference='C77').pk}"
        ).count()
        == 1
    )
    assert not Import.objects.exists(), "it is no file, and nothing of it is kept twice"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("mobile", "13OO0000000"),
        ("email", "not-an-address"),
        ("birth_year", "1.2.2012"),
        ("groups", "Year 7"),
        ("pupils", "P9=mother"),
        ("pupils", "P9"),
        ("reference", "1.3E+10"),
        ("given_name", ""),
        ("given_name", "Li\u202e"),
        ("chinese_name", "王" * 41),
        ("roles", []),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, field, typed):
    page = add(client, **{"family_name": "Keepme", field: typed})
    assert page.status_code == 200 and page.context["form"].errors[field]
    assert "Keepme" in page.content.decode() and not Person.objects.filter(family_name="Keepme").exists()


def test_a_number_that_could_be_another_country_s_is_shown_before_it_is_used(client):
    page = add(client, mobile="13105550123")
    assert "Is it +86 131 0555 0123?" in page.content.decode() and not Person.objects.filter(reference="C77").exists()
    assert add(client, mobile=page.context["form"]["mobile"].value()).status_code == 302
    person = Person.objects.get(reference="C77")
    assert person.mobile == "+8613105550123"
    assert change(client, person, mobile="13105550124").status_code == 200
    person.refresh_from_db()
    assert person.mobile == "+8613105550123"


def test_somebody_who_is_there_is_not_overwritten_and_a_look_alike_is_asked_about(client):
    make_person("contact", reference="c77", given_name="There")
    assert "There" in str(add(client).context["form"].errors["reference"])
    make_person("contact", reference="000101")
    page = add(client, reference="101")
    assert "looks like another" in str(page.context["form"].errors["reference"])
    add(client, reference="101", is_new="on")
    assert Person.objects.filter(reference="101").exists()


def test_saving_what_nobody_touched_changes_nothing(client):
    year, pupil = make_group("year", "Year 7"), make_person("pupil")
    person = make_person("contact", is_staff_member=True)
    make_group("form", "7A", year, [person])
    make_group("form", "7A", make_group("year", "Year 8"), [person])
    relate(person, pupil, "guardian", may_receive_messages=False)
    before = Person.objects.filter(pk=person.pk).values().get()
    links = list(Relationship.objects.values()), list(Membership.objects.values())
    assert change(client, person).status_code == 302
    assert Person.objects.filter(pk=person.pk).values().get() == before
    assert (list(Relationship.objects.values()), list(Membership.objects.values())) == links
    assert not AuditEvent.objects.filter(act="changed a person").exists()


def test_groups_children_and_roles_are_changed_and_a_role_taken_away_ends(client):
    pupil = make_person("pupil", reference="P7")
    person = make_person("contact", is_staff_member=True, mobile="")
    change(client, person, roles=["contact"], groups="house=Red", pupils="P7=mother")
    person = Person.objects.get(pk=person.pk)
    assert person.roles_now == [Role.CONTACT] and person.staff_last_day and person.group_names == ["Red"]
    assert Relationship.objects.get().pupil == pupil
    entry = AuditEvent.objects.get(act="changed a person")
    assert "P7" not in str(entry.details), "which facts, not what they say"


def test_a_role_that_ended_and_is_ticked_again_goes_on(client):
    person = make_person("staff", is_contact=True)
    Person.objects.filter(pk=person.pk).end(timezone.localdate() - timedelta(days=9), [Role.STAFF])
    change(client, person, given_name="Ann")
    assert Person.objects.get(pk=person.pk).roles_now == [Role.CONTACT], "nobody ticked it"
    change(client, person, roles=["staff", "contact"])
    assert Person.objects.get(pk=person.pk).roles_now == [Role.STAFF, Role.CONTACT]
    assert AuditEvent.objects.filter(act="changed a person", subject=f"person {person.pk}").count() == 2


def test_whoever_has_left_stays_left_when_their_name_is_mended(client):
    person = make_person("staff", last_day=timezone.localdate() - timedelta(days=9))
    change(client, person, given_name="Ann")
    assert Person.objects.get(pk=person.pk).has_left


def test_two_at_once_are_told(client):
    person = make_person("contact")
    address = reverse("change-person", args=[person.pk])
    form = client.get(address).context["form"]
    data = {field.name: field.value() for field in form if field.value() not in (None, "")}
    client.post(address, data | {"family_name": "First"})
    page = client.post(address, data | {"family_name": "Second"})
    assert "Office saved" in page.content.decode() or "another window" in page.content.decode()
    assert Person.objects.get(pk=person.pk).family_name == "First"


def test_the_language_somebody_chose_is_theirs(client):
    person = make_person("contact", language="zh-hans", language_is_chosen=True)
    change(client, person, language="en")
    assert Person.objects.get(pk=person.pk).language == "zh-hans"


def test_whose_number_it_is_too_is_said_once_to_whoever_writes_it_down(client):
    make_person("contact", reference="M1", given_name="Mum", family_name="", mobile="+8613800138000")
    added = client.post(
        reverse("add-person"),
        {"reference": "C77", "given_name": "Wei", "roles": ["contact"], "seen": 0, "mobile": "138 0013 8000"},
        follow=True,
    ).content.decode()
    assert (
        "+86 138 0013 8000 is also the number or address of Mum (M1)." in added and "Families share telephones" in added
    )
    person = Person.objects.get(reference="C77")
    change(client, person, given_name="Wilhelm")
    assert "Families share telephones" not in client.get(reverse("person", args=[person.pk])).content.decode()
    change(client, person, mobile="138 0013 8001")
    change(client, person, mobile="138 0013 8000")
    assert "address of Mum (M1)" in client.get(reverse("person", args=[person.pk])).content.decode()


def test_whose_address_it_is_too_is_said_in_any_spelling(client):
    make_person("contact", reference="M1", given_name="Mum", family_name="", email="Family@Home.example")
    person = make_person("contact", mobile="")
    change(client, person, email="family@home.example")
    html = client.get(reverse("person", args=[person.pk])).content.decode()
    assert (
        "family@home.example is also the number or address of Mum (M1)." in html
        and "each signs in with their reference" in html
    )


def test_whoever_may_not_read_the_directory_reads_no_name_for_a_number():
    person = make_person("contact", mobile="+8613800138000")
    user = make_sign_in(make_person("staff"), options=["people.change", "people.import"])
    assert whose_too(person, "mobile", by=user) == "" == whose_too(person, "email", by=user)
    make_person("contact", given_name="Mum", mobile="+8613800138000")
    sentence = whose_too(person, "mobile", by=user)
    assert (
        sentence.startswith("+86 138 0013 8000 is also the number or address of somebody on record.")
        and "Mum" not in sentence
    )


# --- whose a fact is ---


def test_what_the_desk_mended_stays_while_the_file_says_what_it_said(client):
    row = "C1,contact,Wei,Li,,,+8613800138000,,,"
    bring(row)
    change(client, Person.objects.get(reference="C1"), mobile="138 0013 8001")
    bring(row)
    assert mobile() == "+8613800138001" and not Person.objects.get(reference="C1").file_differs
    bring("C1,contact,Wei,Li,,,,,,")
    assert mobile() == "+8613800138001", "an empty cell takes nothing back"


def test_only_where_the_file_itself_changed_it_is_in_question_until_somebody_saves(client):
    bring("C1,contact,Wei,Li,,,+8613800138000,,,")
    person = Person.objects.get(reference="C1")
    change(client, person, mobile="138 0013 8001")
    bring("C1,contact,Wei,Li,,,+8613800138002,,,")
    assert mobile() == "+8613800138001"
    assert [p.reference for p in client.get(reverse("people", query={"file": "differs"})).context["page"].rows] == [
        "C1"
    ]
    assert "138 0013 8002" in client.get(reverse("change-person", args=[person.pk])).content.decode().replace("+86", "")
    change(client, person)
    assert not Person.objects.get(reference="C1").file_differs and mobile() == "+8613800138001"
    bring("C1,contact,Wei,Li,,,+8613800138002,,,")
    assert not Person.objects.get(reference="C1").file_differs, "it has been decided"
    bring("C1,contact,Wei,Li,,,+8613800138001,,,")
    assert Person.objects.get(reference="C1").mended == {}, "they agree: it is the file's again"


def test_what_nobody_mended_is_the_files(client):
    bring("C1,contact,Wei,Li,,,+8613800138000,,,")
    bring("C1,contact,Wei,Li,,,+8613800138002,,,")
    assert mobile() == "+8613800138002"
    bring("C1,contact,Wei,Li,,,,,,")
    assert mobile() == ""
