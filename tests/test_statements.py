"""How many statements a page asks: no more than here, and as many in a school of twice the people."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.demo import make_message
from messaging.models import Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator
from portal.people.demo import make_group, make_person, relate
from portal.people.models import Person
from registration import daily
from registration.demo import make_registration
from wechat_admin.demo import make_account, make_checks

pytestmark = pytest.mark.django_db

# {page: statements}; a second look, so that the entry in the trail is there already.
PAGES = {
    "/help/messaging/": 4,
    "/": 9,
    "/people/": 9,
    "/people/{person}/": 24,
    "/notices/": 6,
    "/messaging/": 8,
    "/messaging/new/": 8,
    "/messaging/{draft}/edit/": 9,
    "/messaging/{draft}/check/": 17,  # five of them its turn, where the cache is in the database
    "/messaging/{sent}/": 15,
    "/messaging/{sent}/?show=not_registered": 13,
    "/application-setup/registrations/": 14,
    "/application-setup/registrations/?by=form&role=contacts": 15,
}


def families(number):
    form = make_group("form", f"{number}A")
    for _ in range(number):
        parent, pupil = make_person("contact"), make_person("pupil")
        relate(parent, pupil)
        form.memberships.create(person=pupil)
        make_registration(parent)


SEND = 10  # of pressing it, whatever the number of people


@pytest.fixture
def addresses(client, doorbells, all_of_us_work):
    make_account()
    make_checks()
    administrator = make_administrator()
    client.force_login(administrator)
    families(3)
    rule = {"include": [{"role": "contacts"}]}
    sent = make_message(administrator, rule=rule)
    prepare(sent.pk)
    Message.objects.filter(pk=sent.pk).update(status=Message.Status.FINISHED, final_counts={"accepted": 3})
    keys = {
        "sent": sent.pk,
        "draft": make_message(administrator, rule=rule, status=Message.Status.DRAFT).pk,
        "person": Person.objects.earliest("pk").pk,
    }
    return {page.format(**keys): most for page, most in PAGES.items()}


def counted(queries):
    return [query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]


def asked(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return counted(queries)


def test_no_page_asks_more_than_it_may_and_none_more_of_many(client, addresses):
    daily.write_down()
    few = {address: len(asked(client, address)) for address in addresses}
    assert {address: n for address, n in few.items() if n > addresses[address]} == {}
    families(6)
    assert {address: len(asked(client, address)) for address in addresses} == few


def pressed(client, draft, committed):
    page = client.get(f"/messaging/{draft.pk}/check/")
    with CaptureQueriesContext(connection) as queries, committed(execute=True):
        assert client.post(f"/messaging/{draft.pk}/send/", {"shown": page.context["shown"]}).status_code == 302
    assert Message.objects.get(pk=draft.pk).status == Message.Status.PREPARING
    return counted(queries)


def test_send_asks_no_more_than_it_may_and_no_more_of_many(client, addresses, django_capture_on_commit_callbacks):
    rule = {"include": [{"role": "contacts"}]}
    few, many = (
        make_message(Message.objects.earliest("pk").author, rule=rule, text=text, status=Message.Status.DRAFT)
        for text in ("To few", "To many")
    )
    few = pressed(client, few, django_capture_on_commit_callbacks)
    assert len(few) <= SEND
    families(6)
    assert len(pressed(client, many, django_capture_on_commit_callbacks)) == len(few)
