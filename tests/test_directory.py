"""The directory: narrowed down, searched, paged by key; and a person's page."""

import re
from datetime import date

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.access.demo import make_sign_in
from portal.audit.actions import record
from portal.people.demo import leave, make_group, make_person, relate
from portal.people.leaving.actions import set_last_days
from portal.people.models import Import, Person
from portal.people.roles import Role
from registration.demo import make_registration
from registration.models import Registration
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    user = make_sign_in(
        make_person("staff", given_name="Office", email="office@school.example"), options=["people.view"]
    )
    client.force_login(user)
    return user


def shown(client, text=None, **chosen):
    address = reverse("people", query=chosen)
    answer = client.get(address) if text is None else client.post(address, {"q": text})
    return [person.given_name for person in answer.context["page"].rows]


@pytest.mark.usefixtures("reader")
def test_every_filter_finds_its_people(client):
    pupil, gone = make_person("pupil", given_name="Ming"), make_person("pupil", given_name="Gone", email="g@x.example")
    mother = make_person("contact", given_name="Mother", mobile="", email="m@x.example")
    relate(mother, pupil)
    leave(gone)
    year = make_group("year", "Year 7")
    form = make_group("form", "7A", year, [pupil, gone])
    assert shown(client, role="pupils") == ["Ming", "Gone"] and shown(client, role="contacts") == ["Mother"]
    assert shown(client, group=year.pk, here="now") == ["Ming"] == shown(client, group=form.pk, here="now")
    assert shown(client, here="left") == ["Gone"]
    assert shown(client, lacks="email") == ["Ming"] and shown(client, lacks="mobile") == ["Mother"]
    assert "Office" not in shown(client, lacks="sign-in") and len(shown(client, role="nonsense", group="x' OR 1")) == 4


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "typed",
    [
        "O'Brien",
        "O’Brien",
        "sean",
        "+86 130 0000 3701",
        "13000003701",
        "1300000 3701",
        "ZOE",
        "阿依古丽•买买提",
        "muller",
    ],
)
def test_a_family_is_found_in_any_spelling_and_by_the_child(client, typed):
    child = make_person("pupil", given_name="Zoë", family_name="Müller", chinese_name="阿依古丽·买买提", mobile="")
    contact = make_person("contact", given_name="Seán", family_name="O’Brien", mobile="+8613000003701")
    relate(contact, child)
    make_person("contact", given_name="Other", mobile="")
    found = shown(client, typed)
    assert "Seán" in found and "Other" not in found


@pytest.mark.usefixtures("reader")
def test_pages_go_through_everybody_once_namesakes_and_those_who_move_too(client):
    for number in range(120):
        make_person("pupil", given_name="Ming", family_name="Li" if number % 2 else "Wang")
    seen, address = [], reverse("people")
    while address:
        page = client.get(address).context["page"]
        seen += [person.pk for person in page.rows]
        address = page.next and reverse("people", query={"after": page.next})
    assert len(seen) == len(set(seen)) == Person.objects.count()
    assert client.get(reverse("people", query={"after": "x"})).context["page"].is_first


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(("at_once", "reads"), [(500, 2), (1, 6)])  # and the rows that were merged, by their index
def test_a_search_of_few_reads_everybody_once_and_one_of_many_finds_the_same(client, monkeypatch, at_once, reads):
    monkeypatch.setattr("portal.people.models.person.FOUND_AT_ONCE", at_once)
    child = make_person("pupil", given_name="Ming", family_name="Searched")
    relate(make_person("contact", given_name="Mother", family_name="Other"), child)
    make_person("pupil", given_name="Na", family_name="Searched")
    make_person("pupil", given_name="Unlike", family_name="Another")
    with CaptureQueriesContext(connection) as asked:
        assert sorted(shown(client, "searched")) == ["Ming", "Mother", "Na"]
    assert sum(len(re.findall(r'"search_text"\S* LIKE', query["sql"])) for query in asked) == reads


@pytest.mark.usefixtures("reader")
def test_the_pages_of_a_search_are_posted_with_it_and_keep_what_narrows_it_down(client):
    for number in range(72):
        make_person("contact" if number % 6 == 0 else "pupil", given_name="Ming", family_name="Li")
    seen, after, address = [], "", reverse("people", query={"role": "pupils"})
    while after is not None:
        answer = client.post(address, {"q": "ming li"} | ({"after": after} if after else {}))
        html, page = answer.content.decode(), answer.context["page"]
        seen += [person.pk for person in page.rows]
        assert 'name="q" type="search" value="ming li"' in html and "ming" not in address
        assert ('name="after"' in html) == bool(page.next) and page.is_first == (after == "")
        after = page.next
    assert len(seen) == len(set(seen)) == 60
    again = client.post(f"{address}&after={seen[-1]}", {"q": "ming li"}).context["page"]
    assert again.is_first, "a search begun on a later page begins with its own first one"


@pytest.mark.usefixtures("reader")
def test_a_page_costs_the_same_however_many_relations_its_people_have(client, django_assert_max_num_queries):
    for number in range(30):
        pupil = make_person("pupil")
        make_group("form", f"{number}A", members=[pupil])
        relate(make_person("contact"), pupil)
    with django_assert_max_num_queries(24):
        client.get(reverse("people"))
    with django_assert_max_num_queries(24):
        client.post(reverse("people"), {"q": "person"})


def test_a_persons_page_says_what_is_on_record_and_leads_on(client, reader, django_assert_max_num_queries):
    pupil, mother = (
        make_person("pupil", given_name="Ming"),
        make_person("contact", given_name="Mei", chinese_name="周梅"),
    )
    relate(mother, pupil, may_see_data=False)
    record("set a last day", by=None, subject=pupil.reference)
    with django_assert_max_num_queries(25):
        html = client.get(reverse("person", args=[pupil.pk])).content.decode()
    for said in ("Ming", "mother", "may not see", reverse("person", args=[mother.pk])):
        assert said in html
    assert "set a last day" not in html, "the trail is for those who may read it"
    assert reverse("leave", args=[pupil.pk]) not in html
    html = client.get(reverse("person", args=[mother.pk])).content.decode()
    assert "周梅" in html and reverse("person", args=[pupil.pk]) in html
    assert client.get(reverse("person", args=[10**9])).status_code == 404


@pytest.mark.usefixtures("reader")
def test_only_the_filters_that_are_asked_for_are_worked_out(client, monkeypatch):
    asked = []
    monkeypatch.setattr("portal.people.directory.filters._members", lambda group: asked.append(group) or Q())
    one, _other = make_group("form", "7A"), make_group("form", "7B")
    client.get(reverse("people"))
    assert asked == []
    client.get(reverse("people", query={"group": one.pk}))
    assert asked == [one]


def test_registered_or_not_is_a_filter_that_registration_brings(client, reader):
    make_account()
    make_registration(make_person("contact", given_name="Yes"))
    make_registration(make_person("contact", given_name="Begun"), Registration.Status.STARTED)
    make_person("contact", given_name="No")
    assert shown(client, registered="yes") == ["Yes"] and shown(client, registered="begun") == ["Begun"]
    assert "Yes" not in shown(client, registered="no") and {"No", "Begun"} <= set(shown(client, registered="no"))


def test_registration_and_its_history_stand_on_the_page_of_those_who_may_see_them(client, reader):
    make_account()
    registration = make_registration(make_person("contact"), Registration.Status.WITHDRAWN)
    page = reverse("person", args=[registration.person_id])
    assert registration.userid not in client.get(page).content.decode()
    client.force_login(make_sign_in(make_person("staff"), options=["people.view", "registration.view"]))
    assert registration.userid in client.get(page).content.decode()


def test_readers_of_chinese_see_the_characters_first_and_days_as_they_write_them(client):
    options = ["people.view", "people.change", "people.import", "access.view_accounts", "audit.view"]
    user = make_sign_in(make_person("staff", language="zh-hans"), options=options)
    client.force_login(user)
    client.cookies["django_language"] = "zh-hans"
    person = make_person("contact", reference="C1", given_name="Mei", family_name="Zhou", chinese_name="周梅")
    set_last_days({(person.pk, Role.CONTACT): date(2026, 7, 31)}, by=make_sign_in(person))
    imported = Import.objects.create(name="people.csv", size=1, state=Import.State.READY, counts={"changed": 1})
    imported.rows.create(
        number=2,
        verdict="changed",
        name="Mei Zhou 周梅",
        person=person,
        said=[{"chinese_name": "周梅"}, [], {}, [], True],
        changes={"contact_last_day": ["2026-07-31", None]},
    )
    for address, pk in (("person", person.pk), ("account", person.pk), ("import", imported.pk)):
        html = client.get(reverse(address, args=[pk])).content.decode()
        assert "周梅 Mei Zhou" in html and "Mei Zhou 周梅" not in html, address
        assert "2026-07-31" not in html, address
        assert ("2026年7月31日" in html) == (address != "account")
