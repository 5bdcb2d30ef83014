import pytest
from django.test import Client

from portal.people.demo import make_person, relate
from registration.demo import make_code
from wechat_admin.demo import make_account


@pytest.fixture
def account(db):
    return make_account()


@pytest.fixture
def mother(account):
    """Without e-mail and without a sign-in, as most are."""
    person = make_person("contact", given_name="Fang", family_name="Wang", mobile="+8613800138000", email="")
    relate(person, make_person("pupil", given_name="Ming"))
    return person


@pytest.fixture
def code(mother):
    return make_code(mother)


@pytest.fixture
def phone(client, code):
    """A browser that came in by the mother's code."""
    come_in(client, code)
    return client


def come_in(client, code):
    return client.post("/WeChatRegistration/Code", {"code": code})


def another_phone(code):
    client = Client()
    come_in(client, code)
    return client
