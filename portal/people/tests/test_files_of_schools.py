"""Files as Chinese spreadsheets and telephones write them, whole, through the command."""

import io

import pytest
from django.core.management import CommandError, call_command

from portal.people import importing
from portal.people.models import Person

pytestmark = pytest.mark.django_db

HEAD = ",".join(importing.COLUMNS)


@pytest.fixture
def bring(tmp_path):
    def run(*lines, encoding="utf-8", head=HEAD):
        file, out = tmp_path / "people.csv", io.StringIO()
        file.write_bytes("\r\n".join([head, *lines]).encode(encoding))
        call_command("import_people", str(file), stdout=out)
        return out.getvalue()

    return run


def test_sixty_people_in_gb18030_with_cells_left_out_and_rows_of_commas(bring):
    pupils = [f"P{n:04},pupil,子涵,王,王子涵,,,zh-hans,year=Year 7; form=7A," for n in range(1, 31)]
    pupils[3] = "P0004,pupil,𠮷,刘,刘𠮷,,,zh-hans,year=Year 8; form=8A,"
    pupils[9] = "P0010,pupil,㐂,吴,吴㐂,,,zh-hans,year=Year 8; form=8A,"
    pupils[16:20] = [line.partition(",zh-hans")[0] for line in pupils[16:20]]
    contacts = [f"C{n:04},contact,伟,王,王伟,,+86 130 0000 {2999 + n},zh-hans,,P{n:04}=father" for n in range(1, 31)]
    said = bring(*pupils, *contacts, *[",,,,,,,,,"] * 3, encoding="gb18030")
    assert said.startswith("60 new, 0 changed, 0 unchanged.")
    assert Person.objects.get(reference="P0004").chinese_name == "刘𠮷"
    assert Person.objects.get(reference="P0010").chinese_name == "吴㐂"
    assert Person.objects.get(reference="C0001").mobile == "+8613000003000"


def test_numbers_a_spreadsheet_has_spoiled_are_named_row_by_row_with_what_to_do(bring):
    numbers = ["1.3E+10", "8.613E+12", "13000002503.0", "'13000002504", '"=""13000002505"""']
    numbers += ["13000002506/13000002507", "010-1234 5678", "0044 7700 900123"]
    with pytest.raises(CommandError) as refused:
        bring(*(f"C{n},contact,Wei,,,,{number},,," for n, number in enumerate(numbers)))
    said = str(refused.value).splitlines()[1:]
    assert [line.partition(",")[0] for line in said] == ["Row 2", "Row 3", "Row 7", "Row 8"]
    assert all("has shortened this number" in line and "column of text" in line for line in said[:2])
    assert "two numbers" in said[2] and not Person.objects.exists()


def test_who_has_left_is_said_by_a_column_and_who_is_back_by_an_empty_cell(bring):
    head = f"{HEAD},leaving_on"
    lines = [
        "P1,pupil,Ming,Li,李明,,,zh-hans,year=Year 9; form=9B,,2020-07-10",
        "C1,contact,Wei,Li,李伟,wei.li@family.example,+86 130 0000 2161,zh-hans,,P1=father,2020-07-10",
        "C2,contact,Mei,Zhou,周梅,,+86 130 0000 2162,zh-hans,,P1=mother,",
    ]
    bring(*lines, head=head)
    left = {person.reference for person in Person.objects.all() if person.has_left}
    assert left == {"P1", "C1"}
    bring(lines[0].replace("2020-07-10", ""), head=head)
    assert not Person.objects.get(reference="P1").has_left
    with pytest.raises(CommandError, match="does not know the column left_school"):
        bring(lines[0], head=f"{HEAD},left_school")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("O'Brien", "C1"),
        ("O’Brien", "C1"),
        ("Sean", "C1"),
        ("Zoe", "C2"),
        ("Muller", "C2"),
        ("阿依古丽•买买提", "C3"),
        ("阿依古丽买买提", "C3"),
        ("Nguyen", "C5"),
        ("13000003704", "C4"),
        ("130 0000 3704", "C4"),
    ],
)
def test_names_that_came_in_are_found_as_people_type_them(bring, typed, found):
    bring(
        "C1,contact,Seán,O’Brien,,,+86 130 0000 3701,,,",
        "C2,contact,Zoë,Müller,,,+86 130 0000 3702,,,",
        "C3,contact,阿依古丽·买买提,,,,+86 130 0000 3703,,,",
        "C4,contact,Xiaoming,Li,李小明,,+86 130 0000 3704,,,",
        "C5,contact,Nguyễn Thị,Thảo,,,+86 130 0000 3705,,,",
    )
    assert Person.objects.search(typed).get().reference == found


def test_the_command_says_counts_and_rows_and_nobody_by_name(bring, caplog, capsys):
    said = bring(
        "P1,pupil,Mingzhu,Ouyang,欧阳明珠,,,,,", "C1,contact,Weiguo,Ouyang,欧阳伟国,,+86 130 0000 2161,,,P1=father"
    )
    said += bring("P1,pupil,Mingzhe,Ouyang,欧阳明哲,,,,,")
    with pytest.raises(CommandError) as refused:
        bring("P1,pupil,Mingzhu,Ouyang,欧阳明珠,,1300000216O,,,", "C2,contact,Weiguo,Ouyang,,,,,,P9=father")
    said += str(refused.value) + caplog.text + "".join(capsys.readouterr())
    assert "2 new" in said and "1 changed" in said and "Row 2, column mobile" in said and "Row 3, column pupils" in said
    assert not [name for name in ("Ming", "Weiguo", "Ouyang", "欧阳", "2161") if name in said]
