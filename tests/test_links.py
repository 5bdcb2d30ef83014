"""Every page leads somewhere on its own host: all links are followed, as everybody, on both hosts."""

from functools import partial
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from portal import menu
from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from portal.people.models import Relationship
from registration.demo import make_registration
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db


def _holder(permission):
    return make_sign_in(make_person("staff"), options=[permission])


PEOPLE = {
    "nobody": lambda: None,
    "contact": lambda: make_sign_in(make_person("contact")),
    "pupil": lambda: make_sign_in(make_person("pupil")),
    "staff": lambda: make_sign_in(make_person("staff")),
    "staff and contact who sends": lambda: make_sign_in(
        make_person("staff", is_contact=True), options=["messaging.write"]
    ),
    "administrator": make_administrator,
    **{f"holder of {o.permission}": partial(_holder, o.permission) for o in menu.options()},
}


class Links(HTMLParser):
    def __init__(self, response):
        super().__init__()
        self.found = []
        if response.headers.get("Content-Type", "").startswith("text/html"):
            self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get("href", "")
        if tag == "a" and address and not address.startswith("#"):
            self.found.append(address)


def follow(client, host, start="/"):
    """{address: status} of everything a page leads to on this host, once whatever its query."""
    seen, waiting = {}, [start]
    while waiting:
        address = waiting.pop()
        response = client.get(address, headers={"host": host})
        seen[address] = response.status_code
        links = [response.url] if response.status_code in (301, 302) else Links(response).found
        for link in links:
            there = urlsplit(urljoin(f"http://{host}{address}", link))
            if there.netloc == host and there.path not in {urlsplit(known).path for known in [*seen, *waiting]}:
                waiting.append(there.path + (f"?{there.query}" if there.query else ""))
    return seen


@pytest.mark.once
@pytest.mark.parametrize("host", ["families.example", "staff.example"])
@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_leads_to_one_that_is_not_there(who, host, two_hosts, doorbells):
    make_account()
    user, client = PEOPLE[who](), Client()
    if user:
        client.force_login(user)
        if person := getattr(user, "person", None):
            make_registration(person)
    seen = follow(client, host)
    assert len(seen) > 3
    assert {address: status for address, status in seen.items() if status >= 400} == {}


def a_barred_contact():
    contact = make_person("contact")
    pupil = make_person("pupil")
    Relationship.objects.create(contact=contact, pupil=pupil, kind="father", may_receive_messages=False)
    return make_sign_in(contact)


REFUSED_AT_REGISTRATION = {"families.example": a_barred_contact, "staff.example": make_administrator}


@pytest.mark.once
@pytest.mark.parametrize("host", ["families.example", "staff.example"])
@pytest.mark.parametrize("address", ["/nowhere/", "/WeChatRegistration/Step1", "/WeChatRegistration/Step99"])
@pytest.mark.parametrize("visible", [True, False])
def test_a_page_that_is_not_there_leads_on(host, address, visible, two_hosts, doorbells):
    make_account(registration_visible=visible)
    client = Client()
    client.force_login(REFUSED_AT_REGISTRATION[host]())
    seen = follow(client, host, start=address)
    assert seen.pop(address) in (403, 404)
    assert seen[LEADS_TO[host]] == 200 and all(status < 400 for status in seen.values())


LEADS_TO = {"families.example": "/my-details/", "staff.example": "/"}
