"""Fifty heavy requests at once, of one person or of fifty: everybody else's pages are answered meanwhile."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from conftest import free_port
from messaging.demo import make_message
from portal import fresh_proof, processes
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from portal.people.models import Person
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PEOPLE, AT_ONCE = 5000, 50
EXPORT, COUNTED_NOW = "/application-setup/registrations/export.csv", "/application-setup/registrations/?now=1"
PAGE = "/my-details/"


@pytest.fixture
def web():
    """The web server on this test's database, and its address."""
    database, port = connection.settings_dict, free_port()
    server = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    environment = os.environ | {"DATABASE_URL": f"postgres://{server}/{database['NAME']}", "DEBUG": "True"}
    environment |= {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(processes.web(port), env=environment)
    try:
        until = time.monotonic() + 60
        while not processes.answers(f"http://127.0.0.1:{port}/healthz"):
            assert process.poll() is None and time.monotonic() < until, "the web server does not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def signed_in(user):
    """The cookies of a browser in which this user is signed in."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    fresh_proof.note(session)
    session.create()
    return {settings.SESSION_COOKIE_NAME: session.session_key}


def seconds_for_a_page(web, cookies):
    started = time.monotonic()
    assert requests.get(web + PAGE, cookies=cookies, timeout=60).status_code == 200
    return time.monotonic() - started


def check_of_a_draft(author):
    """The page before Send, with the names of whom it does not reach."""
    everybody = {"include": [{"role": "contacts"}]}
    draft = make_message(author, rule=everybody, status="draft", text="((name)), we are closed.")
    return f"/messaging/{draft.pk}/check/?who=not_registered"


@pytest.mark.parametrize(
    ("address_for", "people"),
    [
        (lambda user: EXPORT, 1),
        (lambda user: EXPORT, AT_ONCE),
        (check_of_a_draft, 1),
        (check_of_a_draft, AT_ONCE),
        (lambda user: COUNTED_NOW, 1),
    ],
    ids=["a download", "fifty people's downloads", "a check", "fifty people's checks", "figures counted now"],
)
def test_fifty_heavy_requests_leave_the_other_pages_quick(address_for, people, web):
    make_account()
    Person.objects.bulk_create(
        Person(reference=f"X{n:05}", given_name="Pat", family_name=f"No{n}", is_contact=True) for n in range(PEOPLE)
    )
    options = ["registration.view", "messaging.write"]
    users = [make_sign_in(make_person("staff"), options=options) for _ in range(people)]
    heavy = [(address_for(user), signed_in(user)) for user in users]
    other = signed_in(make_sign_in(make_person("staff")))
    quiet = min(seconds_for_a_page(web, other) for _ in range(3))

    def ask(n):
        address, cookies = heavy[n % people]
        answer = requests.get(web + address, cookies=cookies, timeout=120)
        return answer.status_code, len(answer.content), address

    took = []
    with ThreadPoolExecutor(AT_ONCE) as browsers:
        began = [browsers.submit(ask, n) for n in range(AT_ONCE)]
        while not all(each.done() for each in began):
            took.append(seconds_for_a_page(web, other))
    answers = [each.result() for each in began]
    took.sort()
    print(f"{people} people: {len(took)} pages, in the middle {took[len(took) // 2]:.2f} s, at most {took[-1]:.2f} s")
    assert {status for status, _size, _address in answers} == {200, 429}
    tables = [size for status, size, address in answers if status == 200 and address == EXPORT]
    assert all(size > PEOPLE * 10 for size in tables), "a table was broken off"
    # A busy machine is slow, not wrong: without turns the middle is half a minute.
    assert took[len(took) // 2] < max(1, 10 * quiet) and took[-1] < max(10, 20 * quiet)
