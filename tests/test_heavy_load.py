"""Fifty heavy requests at once, of one person and of fifty: everybody else's pages are answered meanwhile."""

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
from portal import fresh_proof, processes
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from portal.people.models import Person
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PEOPLE, AT_ONCE = 5000, 50
EXPORT, SEARCH, PAGE = "/application-setup/registrations/export.csv", "/people/", "/my-details/"


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


@pytest.mark.parametrize("people", [1, AT_ONCE])
def test_fifty_downloads_leave_the_other_pages_quick(people, web):
    make_account()
    Person.objects.bulk_create(
        Person(reference=f"X{n:05}", given_name="Pat", family_name=f"No{n}", is_contact=True) for n in range(PEOPLE)
    )
    heavy = [signed_in(make_sign_in(make_person("staff"), options=["registration.view"])) for _ in range(people)]
    other = signed_in(make_sign_in(make_person("staff")))
    requests.get(web + PAGE, cookies=other, timeout=30)

    def download(n):
        answer = requests.get(web + EXPORT, cookies=heavy[n % people], timeout=120)
        return answer.status_code, len(answer.content)

    took = []
    with ThreadPoolExecutor(AT_ONCE) as browsers:
        began = [browsers.submit(download, n) for n in range(AT_ONCE)]
        while not all(each.done() for each in began):
            started = time.monotonic()
            assert requests.get(web + PAGE, cookies=other, timeout=30).status_code == 200
            took.append(time.monotonic() - started)
    answers = [each.result() for each in began]
    took.sort()
    print(f"{people} people: {len(took)} pages, in the middle {took[len(took) // 2]:.2f} s, at most {took[-1]:.2f} s")
    assert {status for status, _ in answers} == {200, 429}
    assert all(size > PEOPLE * 10 for status, size in answers if status == 200), "a table was broken off"
    assert took[len(took) // 2] < 1 and took[-1] < 5
