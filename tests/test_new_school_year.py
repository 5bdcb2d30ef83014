"""A file of a new school year: what stands on the groups it changes is named before."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import Message, SavedAudience
from portal.access.demo import make_administrator, make_sign_in
from portal.people import importing
from portal.people.demo import make_group, make_person
from portal.people.models import Import
from portal.people.tasks import imports as work
from registration.models import YearRule

pytestmark = pytest.mark.django_db
HEAD = ",".join(importing.COLUMNS)


@pytest.fixture
def school(client):
    administrator = make_administrator()
    client.force_login(administrator)
    pupil = make_person("pupil", reference="P1", given_name="Ming")
    teacher = make_sign_in(make_person("staff", given_name="Tess"), options=["messaging.write", "messaging.own_groups"])
    year = make_group("year", "Year 7", members=[pupil])
    form = make_group("form", "7A", parent=year, members=[pupil, teacher.person])
    other = make_group("year", "Year 9")
    for name, group in (("Sevens", year), ("Form 7A", form), ("Nines", other)):
        rule = {"include": [{"group": group.pk, "who": "pupils"}]}
        SavedAudience.objects.create(owner=administrator, name=name, rule=rule)
    YearRule.objects.create(year=year)
    YearRule.objects.create(year=other)
    make_message(
        administrator, status=Message.Status.SCHEDULED, rule=rule | {"include": [{"group": form.pk, "who": "pupils"}]}
    )
    return client


def what_will_change(client, *lines):
    client.post(reverse("imports"), {"file": SimpleUploadedFile("year.csv", "\n".join([HEAD, *lines]).encode())})
    address = reverse("import", args=[Import.objects.get().pk])
    form = client.get(address).context["form"]
    client.post(address, {field.html_name: field.value() for field in form.column_fields} | {"table": "people"})
    work()
    page = client.get(address)
    return {str(label): names for label, names in page.context["uses"]}, page.content.decode()


def test_audiences_own_groups_messages_and_rules_of_changed_groups_are_named(school):
    uses, html = what_will_change(school, "P1,pupil,Ming,,,,,,year=Year 8; form=8B,")
    assert [name.partition(" (")[0] for name in uses["Saved audiences"]] == ["Form 7A", "Sevens"]
    assert [name.partition(" ")[0] for name in uses["Who may write to their own groups alone"]] == ["Tess"]
    assert uses["Rules of a year for registering"] == ["Year 7"] and len(uses["Scheduled messages"]) == 1
    assert "They will mean other people" in html and "Nines" not in html


def test_nothing_is_named_where_no_group_changes(school):
    uses, html = what_will_change(school, "P1,pupil,Minghua,,,,,,year=Year 7; form=7A,")
    assert uses == {} and "They will mean other people" not in html
