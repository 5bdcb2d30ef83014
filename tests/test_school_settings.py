"""The settings of the school: one table, a page for it, and what holds at once."""

import pytest

from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from portal.people.models import User
from portal.school import actions
from portal.school.models import SchoolSetting
from portal.school.table import settings, value

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/school/"


@pytest.fixture
def administrator(client):
    user = User.objects.create_user("root")
    user.groups.add(Profile.objects.system_administrator().group)
    client.force_login(user)
    return user


def test_a_tester_nobody_has_is_named_and_nothing_is_saved(client, administrator):
    make_person(reference="C1800")
    page = client.post(ADDRESS, {"testers": "c1800、C1899; C-1800"}).content.decode()
    assert "Nobody has these references: C1899; C-1800" in page and value("testers") == ""
    client.post(ADDRESS, {"testers": "c1800"})
    assert value("testers") == "c1800"


def test_defaults_hold_until_the_school_says_otherwise_and_again_afterwards(client, administrator):
    assert value("invitation_days") == 7
    client.post(ADDRESS, {"invitation_days": "14", "office_contact": "Room 12", "off_the_hour": "on"})
    assert (value("invitation_days"), value("office_contact")) == (14, "Room 12")
    assert (
        "Room 12" in client.get("/sign-in/", follow=True).content.decode()
        or "Room 12" in client.get("/help/").content.decode()
    )
    client.post(ADDRESS, {"seen": 1, "off_the_hour": "on"})
    assert value("invitation_days") == 7
    assert [
        event.details["changed"] for event in AuditEvent.objects.filter(act__contains="settings").order_by("pk")
    ] == [
        ["invitation_days", "office_contact"],
        ["invitation_days", "office_contact"],
    ]


@pytest.mark.parametrize(
    ("name", "wrong"), [("invitation_days", "0"), ("invitation_days", "soon"), ("member_limit", "-5")]
)
def test_a_mistake_is_named_and_nothing_is_saved(client, administrator, name, wrong):
    response = client.post(ADDRESS, {name: wrong, "office_contact": "Room 12"})
    assert list(response.context["form"].errors) == [name]
    assert wrong in response.content.decode() and value("office_contact") != "Room 12"


def test_every_row_has_a_field_that_takes_its_default():
    for setting in settings():
        default = setting.default()
        if default not in (None, ""):
            assert setting.field(required=False).clean(default) == default


def reads_of_settings(queries):
    return [query["sql"] for query in queries if 'FROM "school_schoolsetting"' in query["sql"]]


def test_a_page_reads_them_once_however_often_it_asks(client, administrator, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as queries:
        client.get(ADDRESS)
    assert len(reads_of_settings(queries)) == 1


def test_the_page_that_changes_them_goes_on_with_what_was_changed(client, administrator, monkeypatch):
    seen = []
    changed = actions.change_settings

    def change_and_look(**values):
        before = value("invitation_days")
        changed(**values)
        seen.append((before, value("invitation_days")))

    monkeypatch.setattr(actions, "change_settings", change_and_look)
    client.post(ADDRESS, {"invitation_days": "14"})
    assert seen == [(7, 14)]


def test_a_process_that_runs_on_sees_at_once_what_another_changed(client, administrator):
    client.get(ADDRESS)
    assert value("invitation_days") == 7
    SchoolSetting.objects.create(name="invitation_days", value=3)
    assert value("invitation_days") == 3
