"""The numbers add up to the roll, names stand behind each, and the missing are reminded."""

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.mail.sending import send_due
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration
from registration.models import Invitation, InvitationRun, Opened, Problem, Registration
from registration.overview.progress import Progress
from wechat_admin.demo import make_account

from .helpers import no_seconds_to_undo, numbers

pytestmark = pytest.mark.django_db
Status = Registration.Status
ADDRESS = "/application-setup/registrations/"
NAMES = "/application-setup/registrations/people/"


def everybody_stands_somewhere():
    """One contact in every state there is."""
    account = make_account()
    make_person("contact", given_name="Never")
    run = InvitationRun.objects.create()
    Invitation.objects.create(run=run, person=make_person("contact", given_name="Invited"))
    Opened.objects.create(person=make_person("contact", given_name="Opened"), account_key=account.account_key)
    make_registration(make_person("contact", given_name="Started"), Status.STARTED)
    make_registration(make_person("contact", given_name="Confirmed"), Status.CONFIRMED)
    make_registration(make_person("contact", given_name="Inwecom"), Status.IN_WECOM)
    make_registration(make_person("contact", given_name="Registered"))
    make_registration(make_person("contact", given_name="Nolonger"), no_longer_at=Now())
    make_registration(make_person("contact", given_name="Stopped"), Status.WITHDRAWN)
    relate(make_person("contact", given_name="Barred"), make_person("pupil"), may_receive_messages=False)


def test_everybody_is_counted_once_and_the_numbers_add_up_to_the_roll(client, administrator):
    everybody_stands_somewhere()
    response = client.get(ADDRESS, {"role": "contacts"})
    expected = dict.fromkeys(Progress, 1) | {Progress.OPENED: 2}
    assert numbers(response) == expected
    assert response.context["roll"] == 10
    # Everybody but who stopped, is barred, or follows no more; then those who came so far or further.
    assert [number for _, number in response.context["funnel"]] == [7, 6, 5, 3, 2, 1]


def test_names_stand_behind_every_number(client, administrator):
    everybody_stands_somewhere()
    for state, number, query in client.get(ADDRESS, {"role": "contacts"}).context["states"]:
        rows = client.get(f"{NAMES}?{query}").context["page"].rows
        assert len(rows) == number and {person.progress for person in rows} <= {state}


def test_somebody_who_left_is_on_no_roll(client, administrator):
    make_person("contact", last_day="2020-01-01")
    assert client.get(ADDRESS, {"role": "contacts"}).context["roll"] == 0


def test_years_and_forms_are_compared_with_the_contacts_of_their_pupils(client, administrator):
    year = make_group("year", "Year 7")
    ann, ben = make_person("pupil"), make_person("pupil")
    make_group("year", "Year 7", members=[ann, ben])
    make_group("form", "7A", parent=year, members=[ann])
    mother = make_person("contact")
    relate(mother, ann)
    relate(mother, ben)
    make_registration(mother)
    rows = client.get(ADDRESS, {"role": "contacts", "by": "year"}).context["table"]["rows"]
    assert [(row["label"], row["total"]) for row in rows] == [("Year 7", 1)]
    rows = client.get(ADDRESS, {"role": "pupils", "by": "form"}).context["table"]["rows"]
    assert [(row["label"], row["total"]) for row in rows] == [("7A", 1)]
    assert client.get(ADDRESS, {"role": "contacts", "group": year.pk}).context["roll"] == 1
    assert client.get(ADDRESS, {"group": year.pk}).context["roll"] == 3


def test_the_page_asks_as_much_for_many_people_as_for_one(client, administrator):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(ADDRESS, {"by": "form", "role": "contacts"}).status_code == 200
        return len(captured)

    make_registration(make_person("contact"), Status.CONFIRMED, problem=Problem.NUMBER_TAKEN)
    make_group("form", "7A", members=[make_person("pupil")])
    queries()
    few = queries()
    for n in range(20):
        make_registration(make_person("contact"), Status.CONFIRMED, problem=Problem.NUMBER_TAKEN)
        make_group("form", f"8{n}", members=[make_person("pupil")])
    assert queries() == few


def test_a_strange_address_is_not_found(client, administrator):
    for query in ({"role": "kings"}, {"group": "x"}, {"group": "999999"}):
        assert client.get(ADDRESS, query).status_code == 404


def test_the_table_to_download_holds_no_number_and_nothing_a_spreadsheet_runs(client, administrator):
    make_registration(make_person("contact", given_name="=HYPERLINK(1)", family_name="", mobile="+8613800138000"))
    response = client.get(reverse("registration:export"), {"role": "contacts"})
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeffReference,Name,Role,State,Consented,Registered")
    assert "'=HYPERLINK(1)" in text and "registered" in text and "13800138" not in text
    assert AuditEvent.objects.filter(act="downloaded registrations").exists()


def test_the_missing_are_written_to_once_in_the_schools_days(client, administrator):
    no_seconds_to_undo()
    make_person("contact", given_name="Ann", email="ann@family.example")
    make_registration(make_person("contact", email="bob@family.example"))
    make_registration(make_person("contact", email="eve@family.example"), Status.IN_WECOM)
    make_person("contact", email="")
    page = client.get(reverse("registration:remind"), {"role": "contacts"})
    assert (page.context["to_invite"], page.context["together"]) == (2, 3)
    client.post(reverse("registration:remind"), {"shown": page.context["shown"]})
    send_due()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["ann@family.example", "eve@family.example"]
    client.post(reverse("registration:remind"), {"shown": page.context["shown"]})
    send_due()
    assert len(mail.outbox) == 2
    page = client.get(ADDRESS, {"role": "contacts"})
    assert (page.context["firsts"], page.context["reminders"]) == (0, 0)
