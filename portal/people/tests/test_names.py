"""Names in letters, in characters, in both: how they are written, and in which order they stand."""

import pytest
from django.utils.translation import override

from portal.people import importing
from portal.people.demo import make_person
from portal.people.importing.actions import import_people
from portal.people.models import Person
from portal.people.names import full, short

HEAD = ",".join(importing.COLUMNS)


@pytest.mark.parametrize(
    ("given", "family", "chinese", "written"),
    [
        ("", "", "王芳", "王芳"),
        ("芳", "王", "王芳", "王芳"),
        ("芳", "王", "", "王芳"),
        ("", "王芳", "", "王芳"),
        ("王芳", "", "王芳", "王芳"),
        ("阿依古丽·买买提", "", "", "阿依古丽·买买提"),
        ("Fang", "Wang", "王芳", "Fang Wang 王芳"),
        ("Seán", "O’Brien", "", "Seán O’Brien"),
        ("Mary 芳", "Wang", "", "Mary 芳 Wang"),
    ],
)
def test_a_name_is_written_once_and_characters_family_first(given, family, chinese, written):
    assert full(given, family, chinese) == written


@pytest.mark.parametrize(
    ("given", "family", "chinese", "in_letters", "in_characters"),
    [
        ("Fang", "Wang", "王芳", "Fang", "王芳"),
        ("芳", "王", "", "王芳", "王芳"),
        ("", "", "王芳", "王芳", "王芳"),
        ("", "王芳", "", "王芳", "王芳"),
        ("Zoë", "Émile", "", "Zoë", "Zoë"),
        ("", "Émile", "王芳", "王芳", "王芳"),
    ],
)
def test_everybody_is_called_by_some_name_in_a_sentence(given, family, chinese, in_letters, in_characters):
    assert short(given, family, chinese) == in_letters
    assert short(given, family, chinese, in_characters=True) == in_characters


def test_a_reader_of_chinese_finds_the_characters_in_front():
    person = Person(given_name="Fang", family_name="Wang", chinese_name="王芳")
    with override("zh-hant"):
        assert person.name_as_read == "王芳 Fang Wang" and person.name == "Fang Wang 王芳"
    with override("en"):
        assert person.name_as_read == "Fang Wang 王芳"


@pytest.mark.django_db
def test_a_list_stands_in_the_order_in_which_its_reader_looks():
    for given, family, chinese in [
        ("Fang", "Wang", "王芳"),
        ("Xing", "Ai", "艾星"),
        ("Zoë", "Émile", ""),
        ("芳", "赵", "赵芳"),
        ("", "", "安娜"),
        ("Ann", "Baker", ""),
    ]:
        make_person("contact", given_name=given, family_name=family, chinese_name=chinese)
    with override("en"):
        found = [person.name for person in Person.objects.by_name()]
    assert found == ["Xing Ai 艾星", "Ann Baker", "Zoë Émile", "Fang Wang 王芳", "安娜", "赵芳"]
    with override("zh-hans"):
        found = [person.name_as_read for person in Person.objects.by_name()]
    assert found == ["Ann Baker", "Zoë Émile", "艾星 Xing Ai", "安娜", "王芳 Fang Wang", "赵芳"]


@pytest.mark.django_db
def test_a_renamed_person_moves_in_the_list():
    person = make_person("contact", given_name="Ann", family_name="Zweig")
    make_person("contact", given_name="Bob", family_name="Miller")
    assert Person.objects.by_name().last() == person
    person.family_name = "Adler"
    person.save()
    assert Person.objects.by_name().first() == person


@pytest.mark.django_db
def test_a_chinese_name_alone_is_imported_and_no_name_at_all_is_refused():
    import_people(importing.read(f"{HEAD}\nC1,contact,,,王芳,,,,,".encode()))
    person = Person.objects.get()
    assert person.name == person.called() == "王芳"
    import_people(importing.read(f"{HEAD}\nC1,contact,芳,王,王芳,,,,,".encode()))
    person.refresh_from_db()
    assert person.name == "王芳" and Person.objects.search("王芳").get() == person
    with pytest.raises(importing.ImportRefused, match="Row 2, column given_name: The name is empty"):
        importing.read(f"{HEAD}\nC2,contact,,,,,,,,".encode())
