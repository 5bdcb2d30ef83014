import io
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from portal.people import importing
from portal.people.demo import make_group, make_person, relate
from portal.people.importing import actions
from portal.people.models import Group, Membership, Person, Relationship
from portal.people.phones import display, mask, parse_mobile
from portal.people.texts import check_name, without_controls

EXAMPLE = Path(__file__).resolve().parents[3] / "static/examples/people.csv"
HEAD = ",".join(importing.COLUMNS)


# --- numbers ---


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("０１３８００１３８０００", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("+86 +86 138 0013 8000", "+8613800138000"),
        ("+8686 138 0013 8000", "+8613800138000"),
        ("\u202d+86 138 0013 8000\u202c", "+8613800138000"),
        ("+44 7700 900123", "+447700900123"),
        ("+852 9123 4567", "+85291234567"),
        ("+1 202 555 0123", "+12025550123"),
        ("+49 1512 3456789", "+4915123456789"),
    ],
)
def test_numbers_of_every_country_are_taken_as_people_type_them(typed, e164):
    assert parse_mobile(typed) == e164


@pytest.mark.parametrize(
    "typed", ["", "abc", "12", "+86 21 1234 5678", "+44 20 7946 0000", "138001380001380013800", "+999 123456"]
)
def test_what_is_no_mobile_number_is_refused_in_a_sentence(typed):
    with pytest.raises(ValidationError, match="not a mobile number"):
        parse_mobile(typed)


def test_a_number_is_shown_for_reading_and_masked():
    assert display("+8613800138000") == "+86 138 0013 8000"
    assert mask("+8613800138000") == "+86 •••• 8000"


# --- names ---


@pytest.mark.parametrize("name", ["Li\u202eMing", "a\u200fb", "a\u2066b", "a\x00b", "a\x1bb"])
def test_a_name_holds_no_controls_and_no_marks_of_direction(name):
    with pytest.raises(ValidationError):
        check_name(name)


@given(st.text())
def test_controls_are_taken_out_of_texts_and_nothing_else(text):
    cleaned = without_controls(text)
    assert "\r" not in cleaned and "\x00" not in cleaned
    assert without_controls(cleaned) == cleaned


# --- who is barred ---


@pytest.mark.django_db
def test_a_contact_is_barred_only_if_every_relationship_says_so():
    pupil, sibling = make_person("pupil"), make_person("pupil")
    barred, mixed, free = make_person("contact"), make_person("contact"), make_person("contact")
    teacher = make_person("staff", is_contact=True)
    relate(barred, pupil, may_receive_messages=False)
    relate(mixed, pupil, may_receive_messages=False)
    relate(mixed, sibling)
    relate(teacher, pupil, may_receive_messages=False)
    assert list(Person.objects.barred()) == [barred]
    assert free not in Person.objects.barred()


# --- import ---


def run(tmp_path, text, *options, encoding="utf-8"):
    file = tmp_path / "people.csv"
    file.write_bytes(text.encode(encoding))
    out = io.StringIO()
    call_command("import_people", str(file), *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_example_comes_in_and_the_second_time_changes_nothing(tmp_path, encoding):
    text = EXAMPLE.read_text()
    assert run(tmp_path, text, encoding=encoding).startswith("6 new, 0 changed, 0 unchanged")
    assert run(tmp_path, text).startswith("0 new, 0 changed, 6 unchanged")
    pupil = Person.objects.get(reference="P0007")
    assert pupil.chinese_name == "李明"
    assert Group.objects.get(name="7A").parent.name == "Year 7"
    robert = Relationship.objects.get(contact__reference="C0009")
    assert (robert.may_receive_messages, robert.may_see_data) == (False, False)
    assert Person.objects.get(reference="C0008").mobile == "+447700900123"


@pytest.mark.django_db
def test_a_changed_cell_counts_as_changed_and_a_removed_group_is_left(tmp_path):
    run(tmp_path, EXAMPLE.read_text())
    changed = EXAMPLE.read_text().replace("form=7A; house=Red", "form=7A").replace("Helen", "Helena")
    assert run(tmp_path, changed).startswith("0 new, 2 changed, 4 unchanged")
    assert not Membership.objects.filter(person__reference="P0007", group__name="Red").exists()


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_saves_nothing(tmp_path):
    assert run(tmp_path, EXAMPLE.read_text(), "--dry-run").startswith("6 new")
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_all_or_nothing_and_every_mistake_names_row_and_column(tmp_path):
    text = "\n".join(
        [
            HEAD,
            "S1,staff,Ann,Lee,,ann@school.example,,en,,",
            "S1,teacher,,Lee,,not-an-address,12,fr,Year 7,",
            "C1,contact,Bob\u202e,Lee,,,,en,,P9=mother",
            "C2,contact,Bob,Lee,,,,en,,P9:mother",
        ]
    )
    with pytest.raises(CommandError) as error:
        run(tmp_path, text)
    said = str(error.value)
    for expected in [
        "Row 3, column reference: The reference stands in row 2 already.",
        "Row 3, column roles: Roles are staff, contact and pupil",
        "Row 3, column given_name: The name is empty.",
        "Row 3, column email:",
        "Row 3, column mobile: This is not a mobile number.",
        "Row 3, column language: Languages are en, zh-hans, zh-hant",
        "Row 3, column groups: A group is written KIND=NAME",
        "Row 4, column given_name: A name may not hold marks",
        "Row 5, column pupils: A pupil is written REFERENCE=KIND",
    ]:
        assert expected in said
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_a_pupil_nobody_knows_is_named_and_nothing_is_saved(tmp_path):
    with pytest.raises(CommandError, match="Row 2, column pupils: There is no pupil with the reference “P9”"):
        run(tmp_path, f"{HEAD}\nC1,contact,Bob,Lee,,,,en,,P9=mother")
    assert not Person.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (HEAD.encode() + b"\n\xff\xfe", "not UTF-8"),
        (b"reference,roles\nS1,staff", "lacks the column given_name"),
        (b"", "The file is empty"),
        ((HEAD + "\nS1,staff,Ann,,,,,,,,more").encode(), "as many cells"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(data, sentence):
    with pytest.raises(importing.ImportRefused, match=sentence):
        importing.read(data)


@pytest.mark.django_db
def test_an_import_costs_a_number_of_queries_that_does_not_grow(tmp_path, django_assert_max_num_queries):
    rows = [f"S{n},staff,Ann,Lee,,,,en,," for n in range(300)]
    run(tmp_path, "\n".join([HEAD, *rows]))
    with django_assert_max_num_queries(52):
        actions.import_people(importing.read("\n".join([HEAD, *rows]).encode()))


@pytest.mark.django_db
def test_the_directory_searches_and_costs_the_same_for_one_and_many(client, django_assert_max_num_queries, admin_user):
    people = [make_person("pupil", given_name="Ming") for _ in range(60)]
    make_group(members=people)
    client.force_login(admin_user)
    with django_assert_max_num_queries(24):
        html = client.post("/people/", {"q": "ming"}).content.decode()
    assert html.count("Ming") >= 50
    assert "Next page" in html and "Next page" in client.get("/people/").content.decode()
