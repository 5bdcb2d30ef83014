import pytest

from portal.audit.models import AuditEvent
from portal.people import importing
from portal.people.actions import follow_language, set_language
from portal.people.importing import ImportRefused, actions
from portal.people.models import Group, Import, Membership, Person, Relationship

pytestmark = pytest.mark.django_db

HEAD = ",".join(importing.COLUMNS)


def table(*lines, head=HEAD):
    return "\n".join([head, *lines])


def bring(*lines, head=HEAD, **options):
    return actions.import_people(importing.read(table(*lines, head=head).encode()), **options)


def refusal(*lines, head=HEAD):
    with pytest.raises(ImportRefused) as refused:
        bring(*lines, head=head)
    return str(refused.value)


def pupil(reference, groups, **more):
    return f"{reference},pupil,Ming,Li,,,,,{groups},"


def members(label):
    return set(Membership.objects.filter(group__label=label).values_list("person__reference", flat=True))


# --- one class of a year is not another year's ---


def test_classes_of_one_name_in_two_years_are_two_and_say_which_they_are():
    bring(
        pupil("P1", "year=七年级; form=1班"), pupil("P2", "year=八年级; form=1班"), pupil("P3", "year=八年级; form=2班")
    )
    assert members("七年级 · 1班") == {"P1"} and members("八年级 · 1班") == {"P2"} and members("2班") == {"P3"}
    assert [str(group) for group in Group.objects.filter(name="1班")] != ["1班", "1班"]


def test_teaching_groups_of_one_name_in_two_years_are_two():
    bring(pupil("P1", "year=Year 7; class=Maths 1"), pupil("P2", "year=Year 8; class=maths 1"))
    assert members("Year 7 · Maths 1") == {"P1"} and members("Year 8 · maths 1") == {"P2"}


def test_a_house_and_an_activity_go_through_the_years():
    bring(pupil("P1", "year=Year 7; house=Red; activity=Choir"), pupil("P2", "year=Year 8; house=red; activity=Choir"))
    assert members("Red") == members("Choir") == {"P1", "P2"}


def test_a_class_moves_when_everybody_in_it_does_and_stays_the_same_class():
    bring(pupil("P1", "year=Year 7; form=Oak"), pupil("P2", "year=Year 7; form=Oak"))
    oak = Group.objects.get(name="Oak")
    result = bring(pupil("P1", "year=Year 8; form=Oak"), pupil("P2", "year=Year 8; form=Oak"))
    oak.refresh_from_db()
    assert oak.parent.name == "Year 8" and members("Oak") == {"P1", "P2"}
    assert result.moved == ["Oak → Year 8 · Oak"]


def test_an_empty_class_of_a_year_stays_where_it_is_and_one_of_no_year_is_taken():
    seven = Group.objects.create(kind="year", name="Year 7")
    empty, free = (
        Group.objects.create(kind="form", name=name, parent=year) for name, year in (("Oak", seven), ("Elm", None))
    )
    bring(pupil("P1", "year=Year 8; form=Oak"), pupil("P2", "year=Year 8; form=Elm"))
    empty.refresh_from_db(), free.refresh_from_db()
    assert (empty.parent, free.parent.name) == (seven, "Year 8") and members("Elm") == {"P2"}
    assert Membership.objects.get(person__reference="P1", group__kind="form").group != empty


def test_a_class_does_not_move_while_somebody_stays_behind():
    bring(pupil("P1", "year=七年级; form=1班"), pupil("P2", "year=七年级; form=1班"))
    bring(pupil("P2", "year=八年级; form=1班"))
    assert members("七年级 · 1班") == {"P1"} and members("八年级 · 1班") == {"P2"}


def test_classes_that_were_one_are_parted_by_the_next_import():
    year7, year8 = (Group.objects.create(kind="year", name=name) for name in ("七年级", "八年级"))
    mixed = Group.objects.create(kind="form", name="1班", parent=year7)
    for reference, year in (("P1", year7), ("P2", year8)):
        person = Person.objects.create(reference=reference, given_name="Ming", is_pupil=True)
        Membership.objects.bulk_create([Membership(person=person, group=group) for group in (year, mixed)])
    bring(pupil("P2", "year=八年级; form=1班"))
    assert members("七年级 · 1班") == {"P1"} and members("八年级 · 1班") == {"P2"}


def test_a_new_year_of_old_names_moves_pupils_and_no_class():
    bring(pupil("P1", "year=七年级; form=1班"), pupil("P2", "year=八年级; form=1班"))
    seven = Group.objects.get(label="七年级 · 1班")
    bring(
        pupil("P9", "year=七年级; form=1班"), pupil("P1", "year=八年级; form=1班"), pupil("P2", "year=九年级; form=1班")
    )
    assert members("七年级 · 1班") == {"P9"} and members("八年级 · 1班") == {"P1"} and members("九年级 · 1班") == {"P2"}
    assert Group.objects.get(label="七年级 · 1班") == seven


def test_a_teacher_of_a_class_names_its_year_where_two_have_one():
    pupils = [
        pupil("P1", "year=七年级; form=1班"),
        pupil("P2", "year=八年级; form=1班"),
        pupil("P3", "year=八年级; form=2班"),
    ]
    teacher = "T1,staff,Mei,Wang,,,,,{},"
    said = refusal(*pupils, teacher.format("form=1班"))
    assert "Row 5, column groups" in said and "form=七年级 · 1班" in said
    bring(*pupils, teacher.format("form=八年级 · 1班; form=2班"))
    assert members("八年级 · 1班") == {"P2", "T1"} and "T1" in members("2班") and "T1" not in members("八年级")


def test_a_row_of_two_years_says_whose_class_it_means():
    assert "more than one year" in refusal(pupil("P1", "year=Year 7; year=Year 8; form=7A"))


def test_a_group_in_another_spelling_is_the_same_group():
    bring(pupil("P1", "year=Year 7; form=7A"), pupil("P2", "year=ＹＥＡＲ  7; form=7a\u200b"))
    assert members("Year 7") == members("7A") == {"P1", "P2"}


# --- one person of a reference ---


def test_a_reference_in_another_case_or_width_is_the_same_person():
    bring("T-01a,staff,Mei,Wang,,,,,,")
    result = bring("Ｔ-01A\u200b,staff,Mei,Wang,,,,,,")
    assert (result.new, result.unchanged) == (0, 1)
    assert Person.objects.get().reference == "T-01a"
    said = AuditEvent.objects.filter(act="imported people").latest("pk").details
    assert (said["new"], said["changed"], said["unchanged"]) == (0, 0, 1)
    assert not Import.objects.latest("pk").rows.filter(entered=True).exists(), "there is nothing of it to take back"


@pytest.mark.parametrize("alike", ["101", "0000101", "OOO101", "000l01", "０００101.0"])
def test_a_look_alike_is_refused_with_its_row_and_the_one_it_resembles(alike):
    bring("000101,pupil,Ming,Li,,,,,,")
    said = refusal("000102,pupil,Hao,Li,,,,,,", f"{alike},pupil,Ming,Li,,,,,,")
    assert "Row 3, column reference" in said
    assert "Is “000101” meant?" in said or "spreadsheet has changed" in said
    assert Person.objects.count() == 1


def test_look_alikes_within_one_file_are_refused_and_one_reference_twice_as_well():
    assert "Row 3, column reference" in refusal("7,staff,A,,,,,,,", "007,staff,B,,,,,,,")
    assert "stands in row 2 already" in refusal("T1,staff,A,,,,,,,", "t1,staff,B,,,,,,,")


def test_somebody_who_is_new_all_the_same_can_be_said_to_be():
    bring("S01,staff,A,,,,,,,")
    assert "Is “S01” meant?" in refusal("S1,staff,B,,,,,,,")
    assert bring("S1,staff,B,,,,,,,", new=["s1"]).new == 1


def test_two_who_were_there_are_told_apart_by_the_exact_spelling():
    Person.objects.create(reference="TORTCASE", given_name="Upper", is_staff_member=True)
    Person.objects.create(reference="tortcase", given_name="Lower", is_staff_member=True, resembles_another=True)
    result = bring("TORTCASE,staff,Upper,,,,,,,", "tortcase,staff,Changed,,,,,,,")
    assert (result.new, result.changed) == (0, 1) and Person.objects.get(reference="tortcase").given_name == "Changed"
    assert "Is “TORTCASE”, “tortcase” meant?" in refusal("Tortcase,staff,Who,,,,,,,")


def test_a_pupil_is_named_in_any_spelling_and_a_look_alike_is_asked_about():
    bring("P-01,pupil,Ming,Li,,,,,,")
    bring("C1,contact,Wei,Li,,,,,,ｐ-01=mother")
    assert Relationship.objects.get().pupil.reference == "P-01"
    assert "Is “P-01” meant?" in refusal("C2,contact,Wei,Li,,,,,,P-1=mother")
    assert "stands there twice" in refusal("C2,contact,Wei,Li,,,,,,P-01=mother; p-01=father")


def test_only_a_contact_has_pupils():
    bring("P1,pupil,Ming,Li,,,,,,")
    assert "Only a contact has pupils" in refusal("T1,staff,Mei,Wang,,,,,,P1=mother")


# --- what spreadsheets and keyboards write ---


def test_two_who_would_be_contacts_of_each_other_are_refused():
    said = refusal("A1,pupil; contact,A,,,,,,,B1=mother", "B1,pupil; contact,B,,,,,,,A1=father")
    assert "Row 2" in said and "Row 3" in said and "only one is the contact" in said
    bring("A1,pupil; contact,A,,,,,,,B1=mother", "B1,pupil; contact,B,,,,,,,")
    assert "“A1” is a contact of this person" in refusal("B1,pupil; contact,B,,,,,,,A1=father")
    bring("A1,pupil; contact,A,,,,,,,", "B1,pupil; contact,B,,,,,,,A1=father")
    assert Relationship.objects.get().contact.reference == "B1", "turned round"


def test_full_width_separators_are_the_same_as_the_others():
    bring(
        "P1,pupil,明,李,李明,,,,year=Year 7；form=7A,",
        "P2,pupil,娜,李,李娜,,,,year＝Year 9；form＝9B,",
        "T1,staff；contact,梅,王,王梅,,,,,P1＝mother；P2＝mother",
        "T2,staff、contact,梅,王,王梅,,,,,P1＝mother，P2＝mother",
    )
    assert members("Year 7") == members("7A") == {"P1"} and members("Year 9") == members("9B") == {"P2"}
    assert Person.objects.filter(is_staff_member=True, is_contact=True).count() == 2
    assert Relationship.objects.count() == 4


def test_a_separator_behind_the_last_role_is_none_more():
    assert bring("T1,staff; contact;,Mei,Wang,,,,,,", "T2,；staff,Na,Wang,,,,,,").new == 2
    assert "Roles are staff, contact and pupil" in refusal("T3,;,Mei,Wang,,,,,,")


def test_a_comma_may_stand_in_the_name_of_a_group():
    bring('P1,pupil,Ming,Li,,,,,"activity=Drama, Wednesday, form=7A",')
    assert members("Drama, Wednesday") == members("7A") == {"P1"}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_as_chinese_spreadsheets_save_it(encoding, line_end):
    lines = [
        "P1,pupil,𠮷,刘,刘𠮷,,,zh-hans,,",
        "P2,pupil,㐂,吴,吴㐂,,,zh-hans",
        ",,,,,,,,,",
        "",
        "P3,pupil,劉德華,,,,,,,,,,",
    ]
    rows = importing.read(line_end.join([HEAD, *lines]).encode(encoding))
    assert [(row.number, row.fields["chinese_name"]) for row in rows] == [(2, "刘𠮷"), (3, "吴㐂"), (6, "")]


def test_semicolons_and_tabs_between_cells_are_told_by_the_headings():
    for mark in ";\t":
        data = f"{HEAD.replace(',', mark)}\nP1,pupil,Ming,Li,,,,,,".replace(",", mark)
        assert importing.read(data.encode())[0].fields["reference"] == "P1"


@pytest.mark.parametrize("name", ["Müller", "Zoë", "François", "Élodie"])
def test_a_western_file_is_refused_rather_than_read_as_chinese(name):
    with pytest.raises(ImportRefused, match="not UTF-8"):
        importing.read(table(f"S1,staff,{name},Lee,,,,,,").encode("cp1252"))


def test_columns_that_are_unknown_or_doubled_are_named():
    assert "does not know the column house" in refusal("S1,staff,A,,,,,,,,Red", head=f"{HEAD},house")
    assert "has the column email twice" in refusal("S1,staff,A,,,,,,,,", head=f"{HEAD},email")


def test_a_cell_of_a_hundred_thousand_letters_and_an_open_quotation_mark_are_a_sentence():
    assert "Line 2 cannot be read" in refusal(f"S1,staff,{'x' * 140_000},,,,,,,")
    assert "cannot be read" in refusal('S1,staff,"A,,,,,,,')


def test_a_leaving_date_is_obeyed_empty_too_and_stays_where_the_file_has_none():
    with_date = f"{HEAD},leaving_on"
    bring("P1,pupil,Ming,Li,,,,,,,2020/7/10", head=with_date)
    assert Person.objects.get().has_left
    bring("P1,pupil,Ming,Li,,,,,,")
    assert Person.objects.get().has_left
    bring("P1,pupil,Ming,Li,,,,,,,", head=with_date)
    assert not Person.objects.get().has_left
    assert "A day is written as 2026-07-31" in refusal("P1,pupil,Ming,Li,,,,,,,31.7.", head=with_date)
    assert "A day is written as 2026-07-31" in refusal("P1,pupil,Ming,Li,,,,,,,2026-02-30", head=with_date)


# --- the birth year ---


@pytest.mark.parametrize("heading", ["birth_year", "Birth_Year", "出生年份", "出生年"])
@pytest.mark.parametrize("cell", ["2012", "２０１２", "2012年", "2012.0"])
def test_a_birth_year_is_read_as_schools_write_it(heading, cell):
    bring(f"P1,pupil,Ming,Li,,,,,,,{cell}", head=f"{HEAD},{heading}")
    assert Person.objects.get().birth_year == 2012


def test_a_birth_year_goes_with_an_empty_cell_and_stays_where_the_file_has_no_column():
    with_year = f"{HEAD},birth_year"
    bring("P1,pupil,Ming,Li,,,,,,,2012", head=with_year)
    assert bring("P1,pupil,Ming,Li,,,,,,,2012", head=with_year).unchanged == 1
    bring("P1,pupil,Ming,Li,,,,,,")
    assert Person.objects.get().birth_year == 2012
    assert bring("P1,pupil,Ming,Li,,,,,,,", head=with_year).changed == 1
    assert Person.objects.get().birth_year is None


@pytest.mark.parametrize("cell", ["12", "2012-05-03", "2012/5", "twelve", "-2012", "99999999", "20 12"])
def test_a_day_of_birth_and_what_is_no_year_are_refused(cell):
    said = refusal("S1,staff,A,,,,,,,,1980", f"P1,pupil,Ming,Li,,,,,,,{cell}", head=f"{HEAD},birth_year")
    assert f"Row 3, column birth_year: A birth year is the year alone, as 2012; here: “{cell}”." in said


def test_a_year_nobody_or_no_pupil_was_born_in_is_refused():
    head = f"{HEAD},birth_year"
    assert "A birth year lies between" in refusal("S1,staff,A,,,,,,,,1812", head=head)
    assert "A birth year lies between" in refusal("S1,staff,A,,,,,,,,2999", head=head)
    for roles in ("pupil", "staff;pupil"):
        assert "Row 2, column birth_year: A pupil's birth year lies" in refusal(f"P1,{roles},A,,,,,,,,1912", head=head)
    bring("C1,contact,A,,,,,,,,1950", head=head)
    # Also where the column stands before the roles.
    assert "A pupil's birth year" in refusal("1950,P1,pupil,A,,,,,,,", head=f"birth_year,{HEAD}")


# --- the language ---


def test_what_somebody_chose_stays_and_what_nobody_said_is_not_english():
    bring("C1,contact,A,,,,,zh-hans,,", "C2,contact,B,,,,,,,")
    assert dict(Person.objects.values_list("reference", "language")) == {"C1": "zh-hans", "C2": ""}
    set_language(person=Person.objects.get(reference="C1"), language="zh-hant")
    follow_language(person=Person.objects.get(reference="C2"), language="zh-hans")
    bring("C1,contact,A,,,,,en,,", "C2,contact,B,,,,,,,")
    assert dict(Person.objects.values_list("reference", "language")) == {"C1": "zh-hant", "C2": "zh-hans"}
    bring("C2,contact,B,,,,,en,,")
    assert Person.objects.get(reference="C2").language == "en"


# --- too long for its column ---

LONG_EMAIL = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example"


def test_an_address_longer_than_its_column_is_a_sentence():
    assert "longer than 254 characters" in refusal(f"C1,contact,Wei,Li,,{LONG_EMAIL},,,,")


def test_a_reference_is_measured_as_it_is_kept():
    """㍿ is one character as typed and four as kept."""
    assert "longer than 40 characters" in refusal(f"{'㍿' * 11},contact,Wei,Li,,,,,,")
    bring(f"{'㍿' * 10},contact,Wei,Li,,,,,,")
    assert Person.objects.get().reference == "株式会社" * 10
