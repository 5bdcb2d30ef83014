"""A mainland school's list: a row a pupil, contacts in columns."""

import io
import tracemalloc

import pytest
from openpyxl import Workbook

from portal.people import importing, typed
from portal.people.importing import ImportRefused, actions, contacts, families, rows
from portal.people.models import Membership, Person, Relationship

pytestmark = pytest.mark.django_db

HEAD = "序号,姓名,性别,学号,年级,班级,父亲姓名,父亲手机,母亲姓名,母亲手机"
LI = "1,李明,男,20260101,七年级,1班,李伟,13800003001,王芳,13800003002"
LI_NA = "2,李娜,女,20260102,八年级,1班,李伟,138 0000 3001,王芳,+86 13800003002"


def bring(*lines, head=HEAD, apart=()):
    rows = importing.rows_in(importing.open_table(io.BytesIO("\n".join([head, *lines]).encode())), apart=apart)
    return actions.import_people(rows)


def refusal(*lines, head=HEAD):
    with pytest.raises(ImportRefused) as refused:
        bring(*lines, head=head)
    return str(refused.value)


def contacts_of(reference):
    links = Relationship.objects.filter(pupil__reference=reference).select_related("contact")
    return {(link.kind, link.contact.name, link.contact.mobile, link.contact.reference) for link in links}


def test_a_pupil_comes_with_groups_and_contacts():
    assert bring(LI).new == 3
    pupil = Person.objects.get(reference="20260101")
    assert (pupil.name, pupil.is_pupil, pupil.is_contact, pupil.mobile) == ("李明", True, False, "")
    assert {str(group) for group in (m.group for m in pupil.memberships.all())} == {"七年级", "1班"}
    assert pupil.memberships.get(group__kind="form").group.parent.name == "七年级"
    assert contacts_of("20260101") == {
        ("father", "李伟", "+8613800003001", "20260101-F"),
        ("mother", "王芳", "+8613800003002", "20260101-M"),
    }


def test_blanks_stay_in_a_name_in_letters_and_in_none_in_characters():
    bring(LI.replace("李伟", "李 伟").replace("王芳", "Wang Fang"))
    assert {name for _kind, name, *_more in contacts_of("20260101")} == {"李伟", "Wang Fang"}


def test_siblings_share_parents_of_one_number_and_name():
    assert bring(LI, LI_NA).new == 4
    assert contacts_of("20260102") == contacts_of("20260101")


def test_one_number_and_another_name_is_somebody_else_and_so_is_one_name_without_number():
    bring(LI, "3,张三,男,20260103,七年级,1班,张伟,13800003001,,", "4,王五,男,20260104,七年级,1班,李伟,,,")
    assert {reference for *_more, reference in contacts_of("20260103") | contacts_of("20260104")} == {
        "20260103-F",
        "20260104-F",
    }


def test_references_stay_whatever_order_name_or_number_the_next_file_has():
    bring(LI)
    renamed = LI.replace("李伟", "李玮").replace("13800003002", "13900003002")
    result = bring("9,赵六,男,20260109,七年级,1班,,,,", renamed)
    assert (result.new, result.changed) == (1, 2)
    assert ("father", "李玮", "+8613800003001", "20260101-F") in contacts_of("20260101")
    assert ("mother", "王芳", "+8613900003002", "20260101-M") in contacts_of("20260101")


def test_a_younger_sibling_finds_the_parents_who_are_there():
    bring(LI)
    assert bring(LI_NA).new == 1
    assert contacts_of("20260102") == contacts_of("20260101")


def test_parents_said_to_be_two_stay_two():
    bring(LI, LI_NA, apart=["20260101-F"])
    assert {reference for *_more, reference in contacts_of("20260102")} == {"20260102-F", "20260101-M"}
    assert bring(LI, LI_NA).unchanged == 5


def test_what_the_list_does_not_name_stays():
    bring(LI)
    teacher = Person.objects.get(reference="20260101-F")
    teacher.is_staff_member = True
    teacher.language = "en"
    teacher.save()
    Relationship.objects.filter(contact=teacher).update(may_see_data=False)
    pupil = Person.objects.get(reference="20260101")
    from_elsewhere = "reference,roles,given_name,family_name,chinese_name,email,mobile,language,groups,pupils"
    bring("20260101,pupil,,,李明,,,,year=七年级; form=1班; house=Red,", head=from_elsewhere)
    assert bring(LI).unchanged == 3
    assert Membership.objects.filter(person=pupil, group__name="Red").exists()
    teacher.refresh_from_db()
    assert teacher.is_staff_member and teacher.works_here and teacher.language == "en"
    assert not Relationship.objects.get(contact=teacher).may_see_data


def test_a_new_year_moves_the_pupils_and_nobody_else():
    bring(LI)
    result = bring(LI.replace("七年级", "八年级"))
    assert (
        result.new == 0
        and Membership.objects.get(person__reference="20260101", group__kind="year").group.name == "八年级"
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1,李明,男,20260101,七年级,1班,李伟,1380000300O,,",
            "Row 2, column father_mobile: This is not a mobile number: “O”",
        ),
        ("1,李明,男,20260101,七年级,1班,,13800003001,,", "Row 2, column father_name: The name is empty."),
        ("1,,男,20260101,七年级,1班,,,,", "Row 2, column pupil_name: The name is empty."),
        ("1,李明,男,,七年级,1班,,,,", "Row 2, column pupil_reference: The reference is empty."),
    ],
)
def test_what_is_wrong_is_said_in_its_cell(row, said):
    assert said in refusal(row) and not Person.objects.exists()


@pytest.mark.parametrize(("length", "goes"), [(60, True), (61, False)])
def test_the_name_of_a_form_has_sixty_characters(length, goes):
    line = LI.replace("1班", "班" * length)
    if goes:
        assert bring(line).new == 3
    else:
        assert "Row 2, column form: The name is longer than 60 characters." in refusal(line)


def test_one_person_with_two_numbers_is_asked_about():
    bring(LI, LI_NA)
    said = refusal(LI, LI_NA.replace("138 0000 3001", "139 0000 3001"))
    assert "Rows 2, 3 name one person with two numbers or names" in said


def test_guardians_and_their_kind_and_unknown_columns():
    head = "学号,姓名,家长1姓名,家长1手机,家长1关系,家长2姓名,家长2关系"
    bring("1,李明,李奶奶,13800003001,奶奶,王芳,母亲", head=head)
    assert {(kind, name) for kind, name, *_more in contacts_of("1")} == {("other", "李奶奶"), ("mother", "王芳")}
    assert "here: “邻居”" in refusal("1,李明,李奶奶,13800003001,邻居,王芳,母亲", head=head)
    assert "does not know the column 特长" in refusal("1,李明,唱歌", head="学号,姓名,特长")
    assert "lacks the column pupil’s number (reference)" in refusal("李明,七年级", head="姓名,年级")


def test_a_title_above_the_headings_is_passed_over_and_two_rows_of_headings_are_not():
    bring("", HEAD, LI, head="2026学年学生名册")
    assert Person.objects.filter(reference="20260101").exists()
    assert "two rows of headings, 1 and 2" in refusal(HEAD, LI)
    assert "two rows of headings, 1 and 2" in refusal("编号,角色,名,姓", head=",".join(importing.COLUMNS))


def test_a_workbook_as_a_school_keeps_it():
    book, out = Workbook(), io.BytesIO()
    book.active.append(HEAD.split(","))
    book.active.append([1, "李明", "男", 20260101, "七年级", "1班", "李伟", 13800003001, "王芳", 13800003002])
    book.save(out)
    actions.import_people(importing.rows_in(importing.open_table(out)))
    assert ("mother", "王芳", "+8613800003002", "20260101-M") in contacts_of("20260101")


@pytest.mark.parametrize(("form", "said"), [("=VLOOKUP(A2,B:C,2)", "holds no value"), ("#REF!", "an error")])
def test_a_year_or_form_that_a_workbook_does_not_say_is_no_group(form, said):
    book, out = Workbook(), io.BytesIO()
    book.active.append(HEAD.split(","))
    book.active.append(["1", "李明", "男", "20260101", form, form, "李伟", "13800003001"])
    book.save(out)
    with pytest.raises(ImportRefused) as refused:
        actions.import_people(importing.rows_in(importing.open_table(out)))
    assert str(refused.value).count(said) == 2


def test_an_address_longer_than_its_column_is_a_sentence():
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example"
    head = "姓名,学号,年级,班级,父亲姓名,父亲手机,父亲邮箱"
    assert "longer than 254 characters" in refusal(f"李明,20260101,七年级,1班,李伟,13800003001,{long}", head=head)


def test_a_father_named_otherwise_takes_the_place_of_who_was():
    bring(LI, LI_NA)
    result = bring(LI.replace("李伟,13800003001", "张强,13800003007"), LI_NA)
    assert (result.new, result.changed) == (1, 1)
    assert {(kind, name) for kind, name, *_more in contacts_of("20260101")} == {("father", "张强"), ("mother", "王芳")}
    assert ("father", "李伟", "+8613800003001", "20260101-F") in contacts_of("20260102"), "of the other child he is"
    assert bring(LI.replace("李伟,13800003001", "张强,13800003007"), LI_NA).unchanged == 5


def test_who_is_of_no_child_of_the_list_any_more_and_who_is_not_named_at_all():
    bring(LI, "3,张三,男,20260103,七年级,1班,张伟,13800003009,,")
    bring(LI.replace("李伟,13800003001", "张强,13800003007"), "3,张三,男,20260103,七年级,1班,,,,")
    assert not Relationship.objects.filter(contact__reference="20260101-F").exists()
    assert {name for _kind, name, *_more in contacts_of("20260103")} == {"张伟"}, "an empty cell ends nothing"


def test_a_guardian_beside_another_takes_nobodys_place():
    head = "学号,姓名,家长1姓名,家长1手机"
    bring("1,李明,李奶奶,13800003001", head=head)
    bring("1,李明,陈爷爷,13800003002", head=head)
    assert {name for _kind, name, *_more in contacts_of("1")} == {"李奶奶", "陈爷爷"}


def test_a_reference_that_is_made_is_nobodys_whatever_came_before():
    for name, number in (("李伟", "01"), ("张强", "02"), ("王刚", "03")):
        bring(f"1,李明,男,20260101,七年级,1班,{name},138000030{number},,")
        Relationship.objects.all().delete()
    people = Person.objects.filter(is_contact=True)
    assert set(people.values_list("reference", "chinese_name")) == {
        ("20260101-F", "李伟"),
        ("20260101-F2", "张强"),
        ("20260101-F3", "王刚"),
    }


def test_a_list_of_any_length_is_read_in_the_memory_of_a_part_of_it(monkeypatch):
    for module in (families, contacts):
        monkeypatch.setattr(module, "AT_ONCE", 50)
    for module in (families, contacts, rows):  # without what is remembered of some thousand texts
        monkeypatch.setattr(module, "key", typed.key)
    monkeypatch.setattr(rows, "cell", typed.cell)
    meanings = ["pupil_reference", "pupil_name", "father_name", "father_mobile"]

    def most(number):
        lines = ((n, [f"{n}", "李明", "李伟", f"138{n:08}"]) for n in range(2, number + 2))
        tracemalloc.start()
        try:
            assert sum(1 for _row in families.rows_of(lines, meanings)) == 2 * number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(100)
    assert most(1500) < most(300) + 100_000
