"""Two hundred people register in the same minute while WeCom is slow: everybody ends right, each as one member."""

import threading
import time

import pytest
import requests
from django.db import connections
from django.test import Client

from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from portal.people.models import Person
from registration.models import Registration
from tests.test_chaos import Workers
from wechat_admin.demo import make_account

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
PEOPLE, AT_ONCE = 200, 8


def register(people, simulator, wrong):
    """As a browser does: the steps, then looking every two seconds until the page moves on."""
    try:
        for person in people:
            client = Client()
            client.force_login(person.user)
            assert client.post("/WeChatRegistration/Step1", {"agree": "on"}).status_code == 302
            assert client.post("/WeChatRegistration/Step2", {"mobile": person.mobile}).status_code == 302
        waiting = set(people)
        while waiting:
            for person in list(waiting):
                client = Client()
                client.force_login(person.user)
                answer = client.get("/WeChatRegistration/Step3/state")
                if answer.headers.get("HX-Redirect", "").endswith("Step4"):
                    waiting.remove(person)
                elif b"<img" in answer.content:
                    number = {"number": person.mobile}
                    requests.post(f"{simulator.address}/scan", number, allow_redirects=False, timeout=30)
            time.sleep(2)
    except Exception as error:
        wrong.append(repr(error))
    finally:
        connections.close_all()


def test_two_hundred_people_register_in_the_same_minute_with_a_slow_wecom(simulator):
    make_account()
    for number in range(PEOPLE):
        make_sign_in(make_person("contact", reference=f"N{number:04}", mobile=f"+86138{number:08}"))
    people = list(Person.objects.select_related("user").filter(reference__startswith="N"))
    simulator.control("chaos", calls="user/create", seconds=0.4, slow=0.5, late=0.1)
    workers, wrong, began = Workers(simulator), [], time.monotonic()
    threads = [
        threading.Thread(target=register, args=(people[n::AT_ONCE], simulator, wrong), daemon=True)
        for n in range(AT_ONCE)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
    finally:
        workers.stop()
    assert wrong == [] and not any(thread.is_alive() for thread in threads)
    assert Registration.objects.filter(status=Registration.Status.REGISTERED).count() == PEOPLE
    members = simulator.members
    assert len(members) == PEOPLE and {member["status"] for member in members.values()} == {1}
    print(
        f"{PEOPLE} registered in {time.monotonic() - began:.0f} s; user/create answered {simulator.calls('user/create')}"
    )
