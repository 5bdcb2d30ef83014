"""What is printed: all names on one sheet, as many as it says, for whoever proved lately that it is they."""

import pytest
from django.urls import reverse

from messaging.demo import make_message
from messaging.sending.preparing import prepare
from portal import fresh_proof, paging
from portal.access.demo import make_administrator
from portal.audit.actions import record
from portal.people.demo import make_person
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
THERE_ARE_MORE = "as many as one print holds. There are more"


@pytest.fixture
def office(client):
    make_account()
    client.administrator = make_administrator()
    client.force_login(client.administrator)
    return client


@pytest.fixture
def lists(office):
    """{address of a list: what each of its rows has}, with 60 rows each."""
    for number in range(60):
        make_person("contact", reference=f"LISTED-{number}")
        record("signed in", by=office.administrator)
    message = make_message(office.administrator, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    return {
        reverse("registration:people"): "LISTED-",
        reverse("messaging:message", args=[message.pk]): "LISTED-",
        reverse("audit") + "?what=signed+in": "<time",
    }


def with_print(address):
    return address + ("&" if "?" in address else "?") + "print=1"


def test_a_list_leads_to_a_sheet_with_every_row(office, lists):
    for address, row in lists.items():
        page, sheet = (office.get(one).content.decode() for one in (address, with_print(address)))
        assert "All on one page, to print" in page and "print=1" in page, address
        assert sheet.count(row) - page.count(row) >= 10 and THERE_ARE_MORE not in sheet, address


def test_what_is_more_than_a_sheet_holds_is_said_and_stands_on_the_next(office, lists, monkeypatch):
    monkeypatch.setattr(paging, "MOST_PRINTED", 55)
    for address in lists:
        sheet = office.get(with_print(address))
        assert THERE_ARE_MORE in sheet.content.decode() and "These are 55" in sheet.content.decode(), address
        rest = office.get(with_print(address) + f"&before={sheet.context['page'].older}")
        assert THERE_ARE_MORE not in rest.content.decode(), address


def test_a_long_sheet_asks_for_proof_and_a_page_does_not(office, lists):
    session = office.session
    session["proved"] = 1
    session.save()
    for address in lists:
        assert office.get(address).context["page"].rows, address
        assert "page" not in (office.get(with_print(address)).context or {}), address
    fresh_proof.note(session)
    session.save()
    assert office.get(with_print(next(iter(lists)))).context["page"].is_sheet


def test_every_printed_page_of_the_desk_says_the_school_and_the_moment(office):
    assert (
        '<p class="print-only">Harbour Bridge School · '
        in office.get(reverse("registration:registrations")).content.decode()
    )
