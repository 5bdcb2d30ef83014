"""A family leaves and comes back: from the day after nothing reaches them, and back they register and agree anew."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from messaging.audience.people import people_of
from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from portal.people.importing.working import work_on_all
from portal.people.models import Import, Person
from registration.at_wecom import checking, entering
from registration.invitations.invitees import chosen
from registration.models import Registration
from registration.removal.actions import end_registrations_of_leavers
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db
NUMBER = "+8613800138000"
STEP = "/WeChatRegistration/Step{}"


@pytest.fixture
def account(simulator):
    return make_account()


@pytest.fixture
def family():
    mother = make_person("contact", given_name="Mother", mobile=NUMBER, email="mother@family.example")
    child = make_person("pupil", given_name="Ming", mobile="")
    make_group("form", "7A", members=[child])
    relate(mother, child)
    make_sign_in(mother, password="a-long-password")
    return mother, child


def signs_in(client):
    client.logout()
    return client.post("/sign-in/", {"username": "mother@family.example", "password": "a-long-password"}).status_code


def registers(client, simulator):
    client.post(STEP.format(1), {"agree": "on"})
    client.post(STEP.format(2), {"mobile": NUMBER})
    Registration.objects.filter(next_try_at__isnull=False).update(next_try_at=Now() - timedelta(seconds=1))
    entering.enter_due()
    simulator.scan(NUMBER)
    Registration.objects.open().update(next_check_at=Now() - timedelta(seconds=1), lease_until=None)
    checking.check_due()


def reached():
    account = EnterpriseAccount.objects.the()
    people = people_of({"include": [{"role": "contacts"}, {"role": "pupils"}]}, account)
    return {person.given_name for person in people if person.problem is None}


def invited():
    return {person.given_name for person in chosen(["contacts", "pupils"], [])}


def by_the_desk(client, family):
    for person in family:
        for role in person.roles_on_record:
            client.post(reverse("stay", args=[person.pk, role]))


def by_a_file(client, family):
    """A list of pupils with their contacts beside, as a school has it; nobody in it is back before somebody says so."""
    _mother, child = family
    lines = ["学号,姓名,年级,班级,母亲姓名,母亲手机", f"{child.reference},Ming,,7A,Mother,{NUMBER}"]
    client.post(reverse("imports"), {"file": SimpleUploadedFile("pupils.csv", "\n".join(lines).encode())})
    imported = Import.objects.get()
    form = client.get(reverse("import", args=[imported.pk])).context["form"]
    said = {field.html_name: field.value() for field in form.column_fields} | {"table": "pupils"}
    client.post(reverse("import", args=[imported.pk]), said)
    work_on_all()
    page = client.get(reverse("import", args=[imported.pk])).content.decode()
    assert "In the file, and left" in page and "Mother" in page and "Ming" in page
    client.post(reverse("import-all-back", args=[imported.pk]))
    imported.refresh_from_db()
    assert imported.counts == {"back": 2}
    client.post(reverse("let-in", args=[imported.pk]), {"shown": imported.shown_state})
    work_on_all()


@pytest.mark.parametrize("comes_back", [by_the_desk, by_a_file])
def test_a_family_leaves_and_comes_back(client, account, simulator, family, doorbells, committed, comes_back):
    mother, child = family
    options = ["people.view", "people.change", "people.import", "registration.view"]
    office = make_sign_in(make_person("staff"), options=options)
    assert signs_in(client) == 302
    registers(client, simulator)
    first = Registration.objects.get()
    assert first.is_registered and reached() == {"Mother"}

    client.force_login(office)
    yesterday = timezone.localdate() - timedelta(days=1)
    press = {"last_day": yesterday, "roles": ["pupils"]}
    page = client.post(reverse("leave", args=[child.pk]), press).content.decode()
    assert "Mother" in page, "their contact without another pupil is proposed"
    ticked = {f"contact-{mother.pk}-leaves": "on", f"contact-{mother.pk}-last_day": yesterday}
    client.post(reverse("leave", args=[child.pk]), press | ticked | {"confirmed": "yes"})
    assert set(Person.objects.left()) == {mother, child} and reached() == set() == invited()
    assert signs_in(client) == 200, "the page again: nobody is signed in"
    end_registrations_of_leavers()
    assert not Registration.objects.open().exists()

    client.force_login(office)
    comes_back(client, family)
    assert not Person.objects.left().exists() and reached() == set(), "nobody has agreed yet"
    assert signs_in(client) == 302
    assert client.get(STEP.format(3), follow=True).request["PATH_INFO"] == STEP.format(1)
    registers(client, simulator)
    second = Registration.objects.open().get()
    assert second.is_registered and second.pk != first.pk and second.consented_at > first.consented_at
    assert second.userid == first.userid, "the member whom we made for her is hers still"
    assert reached() == {"Mother"}
    client.force_login(office)
    page = client.get(reverse("person", args=[mother.pk])).content.decode()
    assert "stopped" in page and "registered" in page
