"""Languages and fields: who reads what, what stands instead of nothing, and what it costs."""

from datetime import UTC, date, datetime

import pytest

from messaging import fill_in
from messaging.demo import make_message
from messaging.models import Message
from messaging.sending.preparing import prepare
from messaging.writing.texts import languages_without_own_text, texts_of
from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(doorbells):
    return make_account()


@pytest.fixture
def author():
    return make_sign_in(make_person("staff"), options=["messaging.write"])


# --- fields ---


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Dear ((nmae))", "There is no field ((nmae)). The fields are: ((name)), ((children))"),
        ("Dear ((name", "one of them is missing"),
        ("Dear name))", "one of them is missing"),
        ("Dear ((name((children))))", "A field cannot stand inside another one."),
        ("Dear (())", "There is no field (())"),
    ],
)
def test_a_field_that_is_wrong_is_said(text, sentence):
    assert any(sentence in mistake for mistake in fill_in.mistakes(text))


@pytest.mark.parametrize("text", ["((name))", "（（姓名））", "(( Name ))", "a (b) c", "((班別)) ((date))", ""])
def test_a_field_that_is_right_is_taken_in_any_width_and_language(text):
    assert fill_in.mistakes(text) == []


def test_fields_are_shown_apart_from_the_text():
    assert fill_in.segments("Dear ((name)), hello") == [("Dear ", False), ("((name))", True), (", hello", False)]


def test_only_fields_of_the_person_make_a_text_personal():
    assert fill_in.is_personal("((children))") and not fill_in.is_personal("((date)) ((school))")


def texts(message):
    prepare(message.pk)
    return {
        delivery.person.reference: delivery.batch.content or message.text
        for delivery in message.deliveries.select_related("person", "batch").exclude(batch=None)
    }


def registered(role="contact", **fields):
    person = make_person(role, **fields)
    make_registration(person)
    return person


def test_a_contact_of_three_pupils_gets_one_message_naming_the_children_it_concerns(author):
    year7, year9 = make_group(name="Year 7"), make_group(name="Year 9")
    ann, bob, zoe = (make_person("pupil", given_name=name) for name in ("Ann", "Bob", "Zoe"))
    make_group("form", "7A", parent=year7, members=[ann])
    make_group("form", "7B", parent=year7, members=[bob])
    make_group("form", "9A", parent=year9, members=[zoe])
    mother = registered(reference="M", given_name="Mona", family_name="Lee")
    for child in (ann, bob, zoe):
        relate(mother, child)
    father = registered(reference="F", given_name="Fred", family_name="Lee")
    relate(father, ann)
    relate(father, bob, may_see_data=False)
    rule = {"include": [{"group": year7.pk, "who": "contacts"}]}
    message = make_message(author, text="((name)): ((children)) of ((form))", rule=rule)
    assert texts(message) == {"M": "Mona Lee: Ann, Bob of 7A, 7B", "F": "Fred Lee: Ann of 7A"}
    assert message.deliveries.count() == 2


def test_chinese_readers_get_chinese_names_and_marks(author):
    mother = registered(reference="M", given_name="Wei", chinese_name="王伟", language="zh-hans")
    for name in ("小明", "小红"):
        relate(mother, make_person("pupil", given_name=name, chinese_name=name))
    message = make_message(author, text="((name)): ((children))")
    assert texts(message)["M"] in ("王伟: 小明、小红", "王伟: 小红、小明")


def test_a_child_of_a_chinese_name_only_is_named_to_every_reader(author):
    children = [("", "", "王芳"), ("芳", "李", ""), ("Ann", "Lee", "李安")]
    pupils = [make_person("pupil", given_name=g, family_name=f, chinese_name=c) for g, f, c in children]
    for reference, language in (("E", "en"), ("Z", "zh-hans")):
        reader = registered(reference=reference, language=language)
        for pupil in pupils:
            relate(reader, pupil)
    found = texts(make_message(author, text="((children))"))
    assert sorted(found["E"].split(", ")) == ["Ann", "李芳", "王芳"]
    assert sorted(found["Z"].split("、")) == ["李安", "李芳", "王芳"]


def test_nothing_becomes_words_in_the_readers_language(author):
    registered(reference="E")
    registered(reference="Z", language="zh-hans")
    message = make_message(author, text="((children)), ((form))")
    assert texts(message) == {"E": "your child, the form", "Z": "您的孩子, 班级"}


def test_the_day_and_the_school_differ_by_language_only(author):
    for reference, language in [("A", "en"), ("B", "en"), ("C", "zh-hans")]:
        registered(reference=reference, language=language)
    message = make_message(author, text="((date)) ((school))")
    Message.objects.update(start_at=datetime(2026, 12, 24, 3, tzinfo=UTC))
    found = texts(message)
    assert found["A"] == found["B"] == "24 December 2026 Harbour Bridge School"
    assert found["C"].startswith("2026年12月24日") and message.batches.count() == 2


# --- languages ---


def test_each_reads_their_language_and_all_others_the_main_text_in_one_batch_each(author):
    for n, language in enumerate(["en", "zh-hans", "zh-hant", "zh-hans"]):
        registered(reference=f"P{n}", language=language)
    message = make_message(author, text="Hello", translations={"zh-hans": "你好"})
    assert texts(message) == {"P0": "Hello", "P1": "你好", "P2": "Hello", "P3": "你好"}
    assert sorted(message.batches.values_list("size", flat=True)) == [2, 2]
    assert languages_without_own_text(message) == ["zh-hant"], "the main text is English"


@pytest.mark.parametrize("main", ["Main", "Main ((date))", "Main ((name))"])
def test_who_reads_nobody_knows_what_gets_the_main_text(author, main):
    registered(reference="U", language=""), registered(reference="E", language="en")
    own = {"en": "English", "zh-hans": "简体", "zh-hant": "繁體"}
    found = texts(make_message(author, text=main, translations=own))
    assert found["U"].startswith("Main") and found["E"] == "English"


def test_without_other_languages_everybody_shares_a_batch(author):
    for language in ("en", "zh-hans", "zh-hant"):
        registered(language=language)
    message = make_message(author)
    prepare(message.pk)
    assert list(message.batches.values_list("size", "content")) == [(3, "")]


def test_people_whose_personal_text_is_the_same_share_a_call(author):
    year = make_group(name="Year 7")
    pupils = [registered("pupil") for _ in range(4)]
    make_group("form", "7A", parent=year, members=pupils[:3])
    make_group("form", "7B", parent=year, members=pupils[3:])
    message = make_message(author, text="Form ((form))", rule={"include": [{"group": year.pk, "who": "pupils"}]})
    prepare(message.pk)
    assert sorted(message.batches.values_list("size", flat=True)) == [1, 3]


def test_personal_and_shared_texts_stand_side_by_side_and_everybody_is_in_one(author, monkeypatch):
    monkeypatch.setattr("messaging.sending.frozen.PERSONAL_AT_ONCE", 2)
    monkeypatch.setattr("messaging.routes.member.MOST_RECIPIENTS", 2)
    for n in range(5):
        registered(reference=f"E{n}", given_name=f"E{n}", family_name="")
        registered(reference=f"Z{n}", language="zh-hans")
    make_person("contact", reference="never")
    rule = {"include": [{"role": "contacts"}]}
    message = make_message(author, text="((name))", translations={"zh-hans": "你好"}, rule=rule)
    found = texts(message)
    assert found == {f"E{n}": f"E{n}" for n in range(5)} | {f"Z{n}": "你好" for n in range(5)}
    message.refresh_from_db()
    assert (message.recipients, message.counts) == (11, {"waiting": 10, "not_registered": 1})
    numbers = list(message.batches.order_by("number").values_list("number", flat=True))
    assert len(set(numbers)) == len(numbers)


def test_children_who_have_left_are_not_named(author):
    mother = registered(reference="M")
    relate(mother, make_person("pupil", given_name="Gone", last_day=date(2020, 1, 1)))
    relate(mother, make_person("pupil", given_name="Here"))
    assert texts(make_message(author, text="((children))"))["M"] == "Here"


def test_what_a_text_costs_in_queries_does_not_grow_with_people(author, django_assert_num_queries):
    message = make_message(author, text="((name)) ((children)) ((form))")
    for number in (2, 20):
        people = [make_person("contact") for _ in range(number)]
        for person in people:
            relate(person, make_person("pupil"))
        with django_assert_num_queries(2):
            assert len(texts_of(message, people, None)) == number
