"""Groups in lists, as people count."""

import random

import pytest

from portal.people.demo import make_group
from portal.people.models import Group
from portal.people.places import place

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "names",
    [
        "Nursery, Reception, Year 1, Year 2, Year 10",
        "K1, K2, Grade 1, Grade 2, Grade 10",
        "托班, 小班, 中班, 大班, 一年级, 二年级, 十年级, 十一年级",
        "六年级, 七年级, 八年级, 九年级, 十年级, 十二年级, 二十年级",
        "小学一年级, 小六, 初一, 初二, 初三, 高一, 高二, 高三",
        "小一, 小六, 中一, 中四, 中六",
        "七年级, 初二, 9年级, 高一",
        "國一, 國三, 高一",
        "P1, P6, S1, S6",
        "7A, 7B, 10A",
        "1班, ２班, 10班",
        "七(1)班, 七（2）班, 七(10)班, 八(1)班",
        "高2026级, 高2027级",
        "英语部, 语文部",
    ],
)
def test_names_stand_as_people_count(names):
    in_order = names.split(", ")
    shuffled = random.Random(1).sample(in_order, len(in_order))
    assert sorted(shuffled, key=place) == in_order


def test_years_are_followed_by_their_forms_and_the_rest_comes_behind():
    make_group("activity", "Chess"), make_group("form", "10A")
    for name in ("十年级", "七年级", "八年级"):
        year = make_group("year", name)
        make_group("form", "10班", parent=year), make_group("form", "2班", parent=year)
    make_group("class", "Maths", parent=Group.objects.get(name="八年级")), make_group("department", "Arts")
    names = [f"{group.parent.name} {group.name}" if group.parent else group.name for group in Group.objects.all()]
    of_years = [f"{year}{form}" for year in ("七年级", "八年级", "十年级") for form in ("", " 2班", " 10班")]
    assert [name for name in names if name != "八年级 Maths"] == [*of_years, "10A", "Arts", "Chess"]
    assert names.index("八年级 Maths") == names.index("八年级 10班") + 1


def test_a_year_that_is_renamed_takes_its_forms_with_it():
    year = make_group("year", "Year 7")
    make_group("form", "A", parent=year), make_group("year", "Year 8")
    year.name = "Year 10"
    year.save()
    assert [group.name for group in Group.objects.all()] == ["Year 8", "Year 10", "A"]
