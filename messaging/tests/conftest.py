"""The school's account, those who write, and families to write to."""

import pytest

from portal.access.demo import make_sign_in
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account

from .desk import registered


@pytest.fixture(autouse=True)
def account(doorbells):
    return make_account()


@pytest.fixture
def sender(client):
    user = make_sign_in(make_person("staff", given_name="Sender"), options=["messaging.write"])
    client.force_login(user)
    return user


@pytest.fixture
def author():
    return make_sign_in(make_person("staff"), options=["messaging.write"])


@pytest.fixture
def approver():
    return make_sign_in(make_person("staff", given_name="Second"), options=["messaging.write", "messaging.approve"])


@pytest.fixture
def phone(simulator):
    """One registered contact whose phone follows; returns what lies on it."""
    account = make_account()
    person = registered(mobile="+8613800138000")
    userid = person.registrations.get().userid
    address_book_client(account).create_member(
        userid=userid, name="A", mobile=person.mobile, department=[1], to_invite=False
    )
    simulator.scan(person.mobile)
    return lambda: list(simulator.inbox.get(userid, {}))


@pytest.fixture
def school():
    """Two years of a form each; siblings; separated parents; a teacher who is a parent."""
    ming, anna, zoe = (make_person("pupil", given_name=name) for name in ("Ming", "Anna", "Zoe"))
    year7, year9 = make_group(name="Year 7"), make_group(name="Year 9")
    make_group("form", "7A", parent=year7, members=[ming])
    make_group("form", "9B", parent=year9, members=[anna, zoe])
    people = {
        name: make_person(role, given_name=name, **fields)
        for name, role, fields in [
            ("Mother", "contact", {}),
            ("Father", "contact", {}),
            ("Barred", "contact", {}),
            ("Teacher", "staff", {"is_contact": True}),
            ("Cook", "staff", {}),
        ]
    }
    relate(people["Mother"], ming)
    relate(people["Mother"], anna)
    relate(people["Father"], ming, may_receive_messages=False)
    relate(people["Father"], anna)
    relate(people["Barred"], ming, may_receive_messages=False)
    relate(people["Teacher"], zoe)
    for person in [*people.values(), ming, anna, zoe]:
        make_registration(person)
    return people | {"year7": year7, "year9": year9, "ming": ming}
