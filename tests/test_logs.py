"""What the logs say of a request and of a send run, on which lines, and what they never say."""

import json
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.urls import reverse

from messaging import tasks
from messaging.demo import make_message
from portal import celery, doorbell, one_request
from portal.access.demo import make_administrator, make_sign_in
from portal.logs import JsonLines, Lines, facts
from portal.people.demo import make_person
from registration.demo import make_registration
from tests.checks import ROOT
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(caplog):
    """Facts of the lines of requests, so far."""
    caplog.set_level(logging.INFO, "portal.one_request")
    return lambda: [record.facts for record in caplog.records if record.name == "portal.one_request"]


def test_a_request_is_one_line_with_keys_and_numbers_only(client, answered):
    user = make_administrator()
    client.force_login(user)
    person = make_person("contact", family_name="Zhang", given_name="Unmistakable")
    response = client.get(reverse("person", args=[person.pk]), {"q": "Unmistakable"})
    [line] = answered()
    assert line["user"] == user.pk and line["status"] == 200 and line["queries"] > 3 and line["ms"] >= 0
    assert line["page"] == reverse("person", args=[person.pk]) and "Unmistakable" not in str(line)
    assert len(response.headers[one_request.HEADER]) == 12


def test_the_code_in_a_letters_address_stays_out_of_the_log(client, answered):
    client.get(reverse("choose-password", args=["MQ", "c0de-in-a-letter"]))
    assert answered() and "c0de" not in str(answered()) and answered()[0]["page"].endswith("/…/…/")


def test_an_address_that_is_no_page_is_not_written_down(client, answered):
    client.get("/Zhang-Wei-13800138000/")
    assert [(line["page"], line["status"]) for line in answered()] == [("none", 404)]


def test_the_line_of_an_impersonated_request_names_both(client, answered):
    administrator, parent = make_administrator(), make_sign_in(make_person("contact"))
    client.force_login(administrator)
    client.post(reverse("impersonate", args=[parent.pk]), {"reason": "Asks for help"})
    client.get(reverse("my-details"))
    assert (answered()[-1]["user"], answered()[-1]["impersonated_by"]) == (parent.pk, administrator.pk)


def test_a_worker_goes_on_under_the_name_of_the_request_that_rang(monkeypatch):
    sent = {}
    monkeypatch.setattr(doorbell.app, "send_task", lambda task, **options: sent.update(options))
    with one_request.named("asked"):
        doorbell.ring_at_once("any")
    task = SimpleNamespace(request=sent["headers"])
    celery.begin_with_a_connection_that_works(task)
    assert one_request.name() == "asked"
    celery.begin_with_a_connection_that_works(SimpleNamespace(request={}))
    assert one_request.name() == ""


def test_a_send_run_is_one_line_with_counts(simulator, doorbells, caplog):
    account = make_account()
    registration = make_registration(make_person("contact"))
    address_book_client(account).create_member(
        userid=registration.userid, name="Pat", mobile=registration.mobile, department=[1], to_invite=False
    )
    simulator.scan(registration.mobile)
    message = make_message(make_sign_in(make_person("staff"), options=["messaging.write"]), text="Unmistakable")
    with caplog.at_level(logging.INFO):
        tasks.pump()
        tasks.pump()
    [run] = [record.facts for record in caplog.records if record.name == "messaging.sending.pump"]
    assert (run["messages"], run["calls"], run["ok"]) == ([message.pk], 1, 1)
    assert "Unmistakable" not in caplog.text and registration.userid not in caplog.text


def record_of(**values):
    caught = []
    log = logging.Logger("portal.test")
    log.addHandler(SimpleNamespace(level=0, handle=caught.append))
    facts(log, "Answered", **values)
    one_request.NamesItsLines().filter(caught[0])
    return caught[0]


def test_json_has_each_value_under_its_own_name_and_the_schools_time():
    with one_request.named("abc"):
        record = record_of(status=200, page="/")
    line = json.loads(JsonLines().format(record))
    assert line.pop("time").endswith("+08:00")
    assert line == {
        "level": "INFO",
        "logger": "portal.test",
        "message": "Answered",
        "request": "abc",
        "status": 200,
        "page": "/",
    }
    assert Lines().format(record).endswith("+0800 INFO portal.test: Answered: status=200 page=/ [abc]")


def test_a_traceback_is_one_line_of_json_without_its_secrets():
    code = (
        "import logging, django; django.setup()\n"
        "try: raise ValueError('access_token=SECRET')\n"
        "except ValueError: logging.getLogger('x').exception('failed')"
    )
    environment = os.environ | {"LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    [line] = [json.loads(line) for line in ended.stderr.splitlines()]
    assert "ValueError" in line["traceback"] and "SECRET" not in ended.stderr
