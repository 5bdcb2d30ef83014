"""Many rows at once: what is written goes by many, and the directory is never read as a whole."""

from datetime import date

import pytest
from django.core.management import call_command

from portal.people import importing
from portal.people.importing import actions, checking, entering, facts
from portal.people.models import Import, ImportRow, Membership, Person, Relationship

pytestmark = pytest.mark.django_db

HEAD = ",".join(importing.COLUMNS)


def lines_of(number, mobile="+86 138 0000 {:04}"):
    yield HEAD
    for n in range(number):
        yield f"P{n},pupil,Ming,Li,,,,,year=Year {n % 3}; form={n % 3}A,"
        yield f"C{n},contact,Wei,Li,,,{mobile.format(n)},,,P{n}=father; P{(n + 1) % number}=father"


def bring(lines):
    return actions.import_people(importing.read("\n".join(lines).encode()))


@pytest.fixture
def small_parts(monkeypatch):
    for module in (checking, entering):
        monkeypatch.setattr(module, "AT_ONCE", 7)


def test_rows_of_many_parts_are_one_file(small_parts):
    assert bring(lines_of(20)).new == 40
    assert Relationship.objects.count() == Membership.objects.count() == 40
    assert bring(lines_of(20)).unchanged == 40
    again = bring(lines_of(20, mobile="+86 139 0000 {:04}"))
    assert (again.new, again.changed, again.unchanged) == (0, 20, 20)
    assert Person.objects.get(reference="C7").mobile == "+8613900000007"
    assert Person.objects.search("13900000007").get().reference == "C7"


def test_a_pupil_may_stand_in_a_later_part_than_the_contact(small_parts):
    head, *lines = lines_of(20)
    assert bring([head, *reversed(lines)]).new == 40 and Relationship.objects.count() == 40


def test_look_alikes_and_doubles_are_found_across_parts(small_parts):
    head, *lines = lines_of(20)
    with pytest.raises(importing.ImportRefused) as refused:
        bring([head, "007,staff,A,,,,,,,", *lines, "7,staff,B,,,,,,,", "p3,staff,C,,,,,,,"])
    said = str(refused.value)
    assert "Row 43, column reference" in said and "Is “007” meant?" in said
    assert "Row 44, column reference: The reference stands in row 9 already." in said
    assert not Person.objects.exists()


@pytest.mark.parametrize("name", [r"A\N", r"back\slash", "\\", '"quoted"', "𠮷"])
def test_a_name_is_written_as_it_stands(name):
    actions.import_people([importing.Row(2, fields={"reference": "S1", "is_staff_member": True, "given_name": name})])
    assert Person.objects.get().given_name == name
    assert ImportRow.objects.get().person == Person.objects.get()


def test_ten_times_the_rows_cost_no_more_queries(django_assert_max_num_queries):
    bring(lines_of(20))
    # New ones, changed ones, unchanged ones, their groups and their relationships; each some queries.
    with django_assert_max_num_queries(90):
        bring(lines_of(200, mobile="+86 139 0000 {:04}"))


def test_the_very_file_again_is_not_read_and_takes_nothing_back(tmp_path, django_assert_max_num_queries, capsys):
    file = tmp_path / "people.csv"
    file.write_text("\n".join(lines_of(20)))
    call_command("import_people", str(file))
    Person.objects.filter(reference="C1").update(mobile="+8613700000000")  # mended at the desk
    with django_assert_max_num_queries(6):
        call_command("import_people", str(file))
    assert "0 new, 0 changed, 40 unchanged" in capsys.readouterr().out
    assert Person.objects.get(reference="C1").mobile == "+8613700000000" and Import.objects.count() == 1


def test_a_file_that_went_in_before_another_one_counts_again(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("\n".join(lines_of(2)))
    other.write_text("\n".join(lines_of(2, mobile="+86 139 0000 {:04}")))
    for file in (one, other, one):
        call_command("import_people", str(file))
    assert Person.objects.get(reference="C1").mobile == "+8613800000001"


@pytest.mark.parametrize(
    "fields",
    [
        {"is_pupil": True, "given_name": "Ming", "family_name": "Li", "birth_year": 2012},
        {
            "is_contact": True,
            "is_staff_member": False,
            "chinese_name": "李伟",
            "mobile": "+8613800003001",
            "language": "en",
        },
        {"is_staff_member": True, "is_contact": True, "given_name": "Zoë", "email": "z@x.example", "leaving_on": None},
        {
            "is_staff_member": True,
            "given_name": "A",
            "email": "",
            "leaving_on": date(2020, 7, 10),
            facts.AT_THE_DESK: True,
        },
        {"is_contact": True, "is_pupil": False, "given_name": "B", "leaving_on": date(2020, 7, 10), "birth_year": None},
    ],
)
def test_somebody_new_is_what_the_row_makes_of_a_person_of_whom_nothing_was_known(fields):
    expected = Person(reference="N-01")
    facts.fill(expected, fields)
    actions.import_people([importing.Row(2, fields={"reference": "N-01"} | fields)])
    person = Person.objects.get()
    assert facts.facts_of(person) == facts.facts_of(expected)
    kept = Person.objects.values_list(
        "reference_key", "reference_look", "search_text", "by_letters", "by_characters"
    ).get()
    assert kept == (
        person.reference_key,
        person.reference_look,
        person.search_text,
        person.by_letters,
        person.by_characters,
    )


def checked(lines):
    imported = Import.objects.create(size=0, language="en", state=Import.State.READY)
    checking.check(imported, importing.read("\n".join(lines).encode()))
    return imported


def test_who_came_or_went_since_the_file_was_read_is_changed_or_new_after_all():
    head, *lines = lines_of(3)
    bring([head, "P0,pupil,Old,Li,,,,,,"])
    imported = checked([head, *lines])
    Person.objects.filter(reference="P0").delete()
    bring([head, "p1,pupil,Minghua,Li,,,,,,"])
    entering.enter(imported)
    assert imported.counts == {"new": 5, "changed": 1}
    assert set(Person.objects.values_list("reference", "given_name")) == {
        *((f"P{n}" if n != 1 else "p1", "Ming") for n in range(3)),
        *((f"C{n}", "Wei") for n in range(3)),
    }
    assert Relationship.objects.count() == 6 and Membership.objects.count() == 6


def test_the_questions_about_many_find_who_is_there():
    bring(lines_of(3))
    assert set(Person.objects.filter(reference_key__any_of={"p1", "c2", "x"}).values_list("reference", flat=True)) == {
        "P1",
        "C2",
    }
    assert not Person.objects.filter(reference_key__any_of=[]).exists()
