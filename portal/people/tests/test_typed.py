import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import typed as reader
from portal.people.demo import make_person
from portal.people.models import Person
from portal.people.references import find, find_in
from portal.people.typed import cell, items, key, resemblance, visible


@pytest.mark.parametrize(
    "typed", ["T-01A", " t-01a\t", "Ｔ－０１ａ", "t\u200b-01\ufeffa\u3164", "\u202dT-01a\u202c", "T-01\x00a"]
)
def test_width_case_and_marks_nobody_sees_make_no_difference(typed):
    assert key(typed) == key("T-01a")


@pytest.mark.parametrize(
    "alike",
    ["T-1A", "T–01A", "T-O1A", "T-0lA", "T -01a", "Т-01А", "T-001A"],  # the last but one in Cyrillic
)
def test_what_looks_alike_is_not_the_same_but_resembles_it(alike):
    assert key(alike) != key("T-01A") and resemblance(alike) == resemblance("T-01A")


@pytest.mark.parametrize(("one", "other"), [("P100", "P10"), ("1-23", "12-3"), ("S1", "P1"), ("P0010", "P0100")])
def test_different_references_do_not_resemble_each_other(one, other):
    assert resemblance(one) != resemblance(other)


def test_a_list_is_separated_as_keyboards_do_it():
    assert items("C1800, c1801、C1802; C1899；A，B\nC D\u200b") == ["C1800", "c1801", "C1802", "C1899", "A", "B", "C D"]


def test_a_spreadsheets_ways_to_keep_a_number_are_undone():
    assert [cell("'000101"), cell('="000101"'), cell(" 000101 ")] == ["000101"] * 3


def test_a_name_keeps_its_width_and_its_accents():
    assert visible("（Zoë）\u00a0 Müller\u200b") == "（Zoë） Müller"


# --- whose reference ---


@pytest.mark.django_db
def test_a_reference_is_found_in_any_spelling_and_a_look_alike_is_asked_for():
    person = make_person(reference="000101")
    found = find(["０００101\u200b", "101"])
    assert found.people == [person.pk] and found.questions() == {"101": "Is “000101” meant?"}


@pytest.mark.django_db
def test_of_two_who_were_there_each_is_found_by_the_exact_spelling_alone():
    upper = make_person(reference="TORTCASE")
    lower = make_person(reference="tortcase", resembles_another=True)
    assert find(["tortcase"]).people == [lower.pk] and find(["TORTCASE"]).people == [upper.pk]
    assert find(["Tortcase"]).questions() == {"Tortcase": "Is “TORTCASE”, “tortcase” meant?"}


@pytest.mark.django_db
def test_blanks_separate_references_that_hold_none():
    one, other, spaced, comma = (make_person(reference=reference) for reference in ("A1", "A2", "A 3", "A;4"))
    assert find_in("a1 a2, A 3\na;4").people == [one.pk, other.pk, spaced.pk, comma.pk]


# --- search ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("O'Brien", "C1"),
        ("O’Brien", "C1"),
        ("sean obrien", "C1"),
        ("Zoe", "C2"),
        ("MULLER", "C2"),
        ("阿依古丽•买买提", "C3"),
        ("阿依古丽买买提", "C3"),
        ("阿依古丽·买买提", "C3"),
        ("Nguyen", "C5"),
        ("Dang", "C6"),
        ("13000003704", "C4"),
        ("130 0000 3704", "C4"),
        ("１３０-0000-3704", "C4"),
        ("+86 (130) 00003704", "C4"),
        ("0086 130 0000 3704", "C4"),
        ("李小明", "C4"),
        ("王梅", "C7"),
        ("c1", "C1"),
        ("c.7@family", "C7"),
        ("’’", ""),
        ("\x00", ""),
        ("%", ""),
    ],
)
def test_a_search_finds_names_and_numbers_in_any_spelling(text, found):
    for fields in (
        {"given_name": "Seán", "family_name": "O’Brien"},
        {"given_name": "Zoë", "family_name": "Müller"},
        {"given_name": "阿依古丽·买买提", "family_name": ""},
        {"given_name": "Xiaoming", "family_name": "Li", "chinese_name": "李小明", "mobile": "+8613000003704"},
        {"given_name": "Nguyễn Thị", "family_name": "Thảo"},
        {"given_name": "Đặng", "family_name": "Łukasz"},
        {"given_name": "梅", "family_name": "王", "email": "c.7@family.example"},
    ):
        make_person("contact", reference=f"C{Person.objects.count() + 1}", **{"mobile": "", **fields})
    assert " ".join(Person.objects.search(text).values_list("reference", flat=True)) == found


@pytest.mark.django_db
def test_a_change_is_found_however_it_was_saved():
    person = make_person(given_name="Before", family_name="")
    person.given_name = "Saved"
    person.save()
    assert Person.objects.search("saved").exists() and not Person.objects.search("before").exists()
    person.given_name = "Bulk"
    Person.objects.bulk_update([person], ["given_name", "search_text"])
    assert Person.objects.search("bulk").exists()


# --- the short way for what most of a file is written in ---

_NOTHING = re.compile("(?!)")


@given(
    st.text(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E)
        | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
    )
)
def test_the_short_way_leads_to_the_same(text):
    functions = [reader.visible, reader.plain, reader.key, reader.for_search]
    short = [function(text) for function in functions]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_ORDINARY", _NOTHING)
        assert [function(text) for function in functions] == short
