"""Wherever one searches for people: a family by the child, and what tells two of one name apart in the row."""

import pytest
from django.urls import reverse

from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
NEW = "/messaging/new/"


@pytest.fixture
def namesakes():
    """Two mothers of one name, one of a child in 7A, the other of one in 8B."""
    make_account()
    found = []
    for form, child in (("7A", "Zoë"), ("8B", "阿依古丽·买买提")):
        mother = make_person("contact", given_name="Mei", family_name="Wang", mobile="")
        pupil = make_person("pupil", given_name=child, family_name="", mobile="")
        make_group("form", form, members=[pupil])
        relate(mother, pupil)
        found.append(mother)
    return found


def signed_in(client, *options, person=None):
    user = make_sign_in(person or make_person("staff", given_name="Office"), options=options)
    client.force_login(user)
    return user


@pytest.mark.parametrize(("typed", "which"), [("zoe", 0), ("阿依古丽•买买提", 1)])
def test_an_account_is_found_by_the_child_and_its_row_says_whose_parent_it_is(client, namesakes, typed, which):
    signed_in(client, "access.view_accounts")
    page = client.post(reverse("accounts"), {"q": typed})
    assert namesakes[which] in page.context["page"].rows and namesakes[1 - which] not in page.context["page"].rows
    page = client.post(reverse("accounts"), {"q": "Mei Wang"}).content.decode()
    assert "Zoë" in page and "阿依古丽·买买提" in page


@pytest.mark.parametrize("number", [2, 12])
def test_the_rows_cost_the_same_however_many(client, namesakes, number, django_assert_max_num_queries):
    signed_in(client, "access.view_accounts", "messaging.write")
    for _ in range(number):
        relate(make_person("contact", given_name="Mei", family_name="Wang"), make_person("pupil"))
    with django_assert_max_num_queries(30):
        client.post(reverse("accounts"), {"q": "Mei Wang"})
    with django_assert_max_num_queries(60):
        client.post(NEW, {"do": "find", "q": "Mei Wang"})


def test_below_a_pupil_who_is_found_stand_the_adults_one_writes_to_about_them(client, namesakes):
    signed_in(client, "messaging.write")
    pupil = namesakes[0].relationships_as_contact.get().pupil
    father, barred = make_person("contact", given_name="Zoran"), make_person("contact", given_name="Zo")
    relate(father, pupil)
    relate(barred, pupil, may_receive_messages=False)
    rows = client.post(NEW, {"do": "find", "q": "zoe"}).context["found"]
    assert rows == [(pupil, False), (namesakes[0], True), (father, True)]
    rows = client.post(NEW, {"do": "find", "q": "zo"}).context["found"]
    assert {row for row in rows if not row[1]} == {(pupil, False), (barred, False)}, "each once, found by whatever name"
    rows = client.post(NEW, {"do": "find", "q": "zoe", "people": [namesakes[0].pk]}).context["found"]
    assert rows == [(pupil, False), (father, True)], "who is chosen is not offered"
    relate(father, make_person("pupil", given_name="Zoey", family_name="Zz"))
    rows = client.post(NEW, {"do": "find", "q": "zoe"}).context["found"]
    assert [person for person, _is_below in rows].count(father) == 1, "a father of two has one box"


def test_a_sender_finds_a_mother_by_the_child_and_knows_which_she_is(client, namesakes):
    signed_in(client, "messaging.write")
    page = " ".join(client.post(NEW, {"do": "find", "q": "zoe", "text": "typed"}).content.decode().split())
    assert f'name="people" value="{namesakes[0].pk}"' in page and "Mei Wang" in page and "Zoë" in page
    assert f'name="people" value="{namesakes[1].pk}"' not in page


def test_whoever_writes_to_own_groups_alone_reads_of_no_child_outside_them(client, namesakes):
    teacher = make_person("staff", given_name="Teacher")
    sister = make_person("pupil", given_name="Secret", family_name="")
    relate(namesakes[0], sister)
    make_group("form", "7A", members=[teacher])
    signed_in(client, "messaging.write", "messaging.own_groups", person=teacher)
    page = client.post(NEW, {"do": "find", "q": "Mei Wang", "text": "typed"}).content.decode()
    assert f'value="{namesakes[0].pk}"' in page and "Zoë" in page and "Secret" not in page
    assert "Mei Wang" not in client.post(NEW, {"do": "find", "q": "Secret"}).content.decode()
