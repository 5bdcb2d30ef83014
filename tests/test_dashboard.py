"""What the dashboard asks of the database: once of each thing, and as much of many people as of few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import Batch, Message
from portal.access.demo import make_administrator, make_sign_in
from portal.facts.models import DailyFact
from portal.health.models import Beat
from portal.mail.models import Letter, MailServer
from portal.people.demo import make_person, relate
from portal.tones import Tone
from registration import daily
from registration.cases import counted
from registration.cases.counted import cases
from registration.demo import make_registration
from registration.models import Problem, Registration
from wechat_admin.demo import make_account, make_checks
from wechat_admin.models import Check

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client, doorbells, all_of_us_work):
    make_account()
    client.force_login(make_administrator())
    client.get(reverse("dashboard"))


def asked(client):
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("dashboard"))
    return [query["sql"] for query in queries]


def family():
    parent, pupil = make_person("contact"), make_person("pupil")
    relate(parent, pupil)
    make_registration(parent)


def test_it_asks_once_who_of_us_works_and_once_how_many_cases_there_are(client, administrator):
    statements = asked(client)
    assert sum("health_beat" in statement for statement in statements) == 1
    assert sum("registration_registration" in statement for statement in statements) == 1
    assert len(statements) <= 10


def test_it_asks_as_much_of_many_people_as_of_few(client, administrator):
    family()
    daily.write_down()
    few = len(asked(client))
    for _ in range(5):
        family()
    assert len(asked(client)) == few


def test_cases_of_every_kind_are_counted(administrator):
    make_registration(make_person("contact"), Registration.Status.CONFIRMED, problem=Problem.NUMBER_TAKEN)
    record = make_person("contact", mobile="+8613012340001")
    make_registration(make_person("contact"), mobile=record.mobile)
    assert cases() == 2


def test_in_a_large_school_whoever_is_on_anothers_record_is_taken_as_counted(administrator, monkeypatch):
    monkeypatch.setattr(counted, "EXACT_UP_TO", 0)
    record = make_person("contact", mobile="+8613012340001")
    daily.write_down()
    make_registration(make_person("contact"), mobile=record.mobile)
    assert cases() == 0
    DailyFact.objects.update(written_at=timezone.now() - timedelta(hours=1))
    assert cases() == 1


# --- what waits, what runs, how we are ---


def shown(client):
    page = client.get(reverse("dashboard")).context
    return {place: [str(line.words) for line in page[place]] for place in ("waiting", "running", "health")}


def test_what_waits_is_shown_to_whoever_may_decide_and_to_nobody_else(client, administrator):
    author = make_sign_in(make_person("staff"), options=["messaging.write"])
    make_message(author, text="Closed tomorrow.", status=Message.Status.AWAITING)
    make_message(author, text="Which code?", status=Message.Status.PAUSED, paused_reason="code")
    assert shown(client)["waiting"] == ["Closed tomorrow.", "Which code?"]
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.approve"]))
    assert shown(client)["waiting"] == ["Closed tomorrow."]
    client.force_login(author)
    assert shown(client)["waiting"] == ["Which code?"]
    client.force_login(make_sign_in(make_person("staff"), options=["people.view"]))
    assert shown(client) == {"waiting": [], "running": [], "health": shown(client)["health"]}


def test_nobody_is_asked_to_release_their_own(client, administrator):
    author = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.approve"])
    make_message(author, status=Message.Status.AWAITING)
    client.force_login(author)
    assert shown(client)["waiting"] == []


def test_what_is_being_sent_says_how_far_it_is_and_how_long_it_takes(client, administrator):
    message = make_message(make_sign_in(make_person("staff")), status=Message.Status.SENDING, recipients=110)
    lately = Now() - timedelta(seconds=31)
    message.batches.create(number=1, size=10, state=Batch.State.ACCEPTED, first_attempt_at=lately)
    message.batches.create(number=2, size=100, state=Batch.State.READY)
    [line] = client.get(reverse("dashboard")).context["running"]
    assert (line.part, line.whole) == (10, 110) and line.detail == "about 6 minutes left"


def test_of_many_that_wait_there_is_a_way_to_all(client, administrator):
    author = make_sign_in(make_person("staff"), options=["messaging.write"])
    for number in range(7):
        make_message(author, text=f"Number {number}", status=Message.Status.AWAITING)
    assert len(shown(client)["waiting"]) == 6 and shown(client)["waiting"][-1] == "All that wait for release"


def state_of(client, words):
    lines = client.get(reverse("dashboard")).context["health"]
    return next(line.state.tone for line in lines if str(line.words).startswith(words))


def test_the_link_is_green_only_where_it_was_asked_and_answered_lately(client, administrator):
    assert state_of(client, "Link to WeCom") == Tone.PLAIN  # nobody has asked
    make_checks()
    assert state_of(client, "Link to WeCom") == Tone.OK
    Check.objects.update(at=Now() - timedelta(days=7))
    assert state_of(client, "Link to WeCom") == Tone.PLAIN


def test_mail_is_green_only_where_a_letter_left_lately(client, administrator):
    assert state_of(client, "E-mail") == Tone.PLAIN
    letter = Letter.objects.create(kind="x", state=Letter.State.SENT, taken_at=timezone.now())
    assert state_of(client, "E-mail") == Tone.OK
    Letter.objects.filter(pk=letter.pk).update(taken_at=timezone.now() - timedelta(days=3))
    assert state_of(client, "E-mail") == Tone.PLAIN
    MailServer.objects.create(pk=1, failures=2, away_since=timezone.now())
    assert state_of(client, "E-mail") == Tone.BAD


def test_a_process_that_was_not_heard_of_lately_is_not_green(client, administrator):
    assert state_of(client, "Worker") == Tone.OK
    Beat.objects.filter(process="worker").update(at=Now() - timedelta(hours=1))
    assert state_of(client, "Worker") == Tone.BAD
