"""No list of names ends in silence: there is a next page, or it says that there are more."""

import pytest

from messaging.audience import finding
from messaging.audience import views as audiences
from messaging.checking import views as checking
from messaging.demo import make_message
from messaging.models import SavedAudience, Template
from messaging.report import views as report
from portal.access import views as access
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.people.demo import make_person
from portal.people.merging import views as merging
from portal.people.models import Import, ImportRow
from registration.cases import causes
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.removal import views as removal
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client, doorbells):
    make_account()
    user = make_administrator()
    client.force_login(user)
    return user


def test_the_names_behind_a_number_of_the_check_have_pages(client, user):
    people = {make_person("contact").pk for _ in range(70)}
    draft = make_message(user, rule={"include": [{"role": "contacts"}]}, status="draft")
    first = client.get(f"/messaging/{draft.pk}/check/", {"who": "not_registered"})
    after = first.context["names"].next
    assert f"after={after}#names" in first.content.decode()
    rest = client.get(f"/messaging/{draft.pk}/check/", {"who": "not_registered", "after": after})
    shown = [person.pk for page in (first, rest) for person in page.context["names"].rows]
    assert len(shown) == 70 and set(shown) == people


def test_a_list_of_those_whose_text_gets_too_long_says_how_many_more(client, user, monkeypatch):
    monkeypatch.setattr(checking, "MOST_NAMES", 2)
    for number in range(5):
        make_registration(make_person("contact", given_name="A" * 40, family_name=f"B{number}"))
    draft = make_message(user, text="x" * 2030 + "((name))", rule={"include": [{"role": "contacts"}]}, status="draft")
    html = " ".join(client.get(f"/messaging/{draft.pk}/check/").content.decode().split())
    assert "And 3 more." in html


def walked(client, address, name="page", param="after"):
    """What each page of a list has, until there is none behind."""
    pages, after = [], ""
    while after is not None:
        page = client.get(address, {param: after}).context[name]
        pages.append(page.rows)
        after = page.next
    return pages


def test_saved_audiences_and_templates_have_pages_in_their_order(client, user, monkeypatch):
    monkeypatch.setattr(audiences, "AT_ONCE", 2)
    names = ["Band", "Choir", "Drama", "Eagles", "Film"]
    for name in reversed(names):
        SavedAudience.objects.create(owner=user, name=name, rule={"include": []})
        Template.objects.create(name=name, text="x")
    assert [[one.name for one in page] for page in walked(client, "/messaging/audiences/")] == [
        names[:2],
        names[2:4],
        names[4:],
    ]
    assert [[one.name for one in page] for page in walked(client, "/messaging/templates/")] == [names]


@pytest.mark.parametrize(("state", "name"), [(Import.State.READY, "joins"), (Import.State.BACK, "kept")])
def test_what_an_import_asks_about_and_what_it_kept_have_pages(client, user, state, name):
    imported = Import.objects.create(by=user, name="people.csv", size=9, state=state, headings=["name"], counts={})
    for number in range(60):
        imported.rows.create(number=number, verdict=ImportRow.Verdict.NEW, joins=True, kept="x", reference=f"R{number}")
    address = f"/people/import/{imported.pk}/"
    assert [len(rows) for rows in walked(client, address, name, name)] == [50, 10]
    assert f"?{name}=" in client.get(address).content.decode()


@pytest.mark.parametrize("number", [2, 3])
def test_a_search_that_finds_more_than_it_shows_says_so(client, user, monkeypatch, number):
    for views in (access, merging, finding):
        monkeypatch.setattr(views, "MOST_FOUND", 2)
    monkeypatch.setattr(report, "MOST_NOT_AMONG", 2)
    people = [make_sign_in(make_person("staff", given_name="Quill")).person for _ in range(number)]
    other, message = make_person("contact"), make_message(user, frozen_digest="x")
    for address in (
        f"/accounts-profiles/profiles/{Profile.objects.first().pk}/",
        f"/people/{other.pk}/merging/",
        "/messaging/new/",
        f"/messaging/{message.pk}/",
    ):
        html = client.post(address, {"q": "Quill", "do": "find"}).content.decode()
        assert people[0].reference in html or people[0].user.username in html, address
        assert ("These are the first." in html) == (number == 3), address


@pytest.mark.parametrize("number", [2, 3])
def test_cases_say_that_there_are_more(client, user, monkeypatch, number):
    monkeypatch.setattr(causes, "MOST_SHOWN", 2)
    for _ in range(number):
        make_registration(make_person("contact"), problem=Problem.REGISTER_AGAIN)
    html = client.get("/application-setup/registrations/").content.decode()
    assert ("the table to download holds everybody" in html) == (number == 3)


@pytest.mark.parametrize("number", [2, 3])
def test_members_to_remove_say_that_there_are_more(client, user, monkeypatch, number):
    monkeypatch.setattr(removal, "MOST_SHOWN", 2)
    for _ in range(number):
        make_registration(make_person("contact"), Registration.Status.WITHDRAWN)
    response = client.get("/application-setup/members-to-remove/")
    assert len(response.context["rows"]) == 2
    assert ("The others follow when these are removed." in response.content.decode()) == (number == 3)
