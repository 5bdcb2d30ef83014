"""Nobody finds out at Step 2 whose numbers the school knows."""

import pytest
from django.test import Client

from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import Registration
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
STEP = "/WeChatRegistration/Step2"


def at_step_two():
    person = make_person("contact")
    make_registration(person, Registration.Status.STARTED)
    client = Client()
    client.force_login(make_sign_in(person))
    return client


@pytest.fixture
def taken(doorbells):
    make_account()
    return make_registration(make_person("contact"), Registration.Status.REGISTERED, mobile="+8613900001111")


def ask(client, number="139 0000 1111"):
    return client.post(STEP, {"mobile": number})


def test_after_ten_numbers_in_a_row_the_eleventh_is_not_looked_up(taken):
    client = at_step_two()
    pages = [ask(client).content.decode() for _ in range(11)]
    assert all("already belongs to someone" in page for page in pages[:10])
    assert "too many numbers in a row" in pages[10] and "already belongs" not in pages[10]
    assert "139 0000 1111" in pages[10], "what was typed stays"
    free = ask(client, "139 0000 2222")
    assert free.status_code == 200 and "too many numbers in a row" in free.content.decode()
    assert "already belongs to someone" in ask(at_step_two()).content.decode(), "others go on"


def test_an_address_has_fifty_refused_numbers_whoever_asks(taken):
    for _ in range(5):
        client = at_step_two()
        assert all("already belongs" in ask(client).content.decode() for _ in range(10))
    assert "too many numbers in a row" in ask(at_step_two()).content.decode()


def test_a_school_that_registers_behind_one_address_is_not_stopped(taken):
    assert [ask(at_step_two(), f"139 0001 {number:04}").status_code for number in range(55)] == [302] * 55
