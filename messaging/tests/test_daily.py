"""The facts of a day about messages, and the picture drawn from them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging import daily
from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.facts.models import DailyFact
from portal.people.demo import make_person
from registration.demo import make_registration

from .desk import said

pytestmark = pytest.mark.django_db


def finished(author, counts, days=0, **fields):
    return make_message(
        author,
        status=Message.Status.FINISHED,
        final_counts=counts,
        start_at=timezone.now() - timedelta(days=days),
        **fields,
    )


def of_day(days=0):
    rows = DailyFact.objects.filter(day=timezone.localdate() - timedelta(days=days), name__startswith="messages.")
    return {name.removeprefix("messages."): n for name, n in rows.values_list("name", "number") if n}


def an_hour_later():
    DailyFact.objects.update(written_at=timezone.now() - timedelta(hours=1))
    daily.write_down()


def test_a_day_knows_its_messages_and_what_became_of_their_people(author):
    finished(author, {"accepted": 5, "not_registered": 2, "stopped": 1, "unreachable": 1, "unknown": 1})
    finished(author, {"accepted": 1, "cancelled": 2})
    finished(author, {"accepted": 1}, is_test=True)
    daily.write_down()
    assert of_day() == {"sent": 2, "accepted": 6, "not_reached": 5, "refused": 1, "unknown": 1}


def test_what_is_being_sent_counts_as_it_stands_and_is_counted_again(author):
    make_registration(make_person("contact"))
    message = make_message(author)
    prepare(message.pk)
    daily.write_down()
    assert of_day() == {"sent": 1, "waiting": 1}
    Batch.objects.update(state=Batch.State.ACCEPTED)
    an_hour_later()
    assert of_day() == {"sent": 1, "accepted": 1}


def test_missed_days_are_caught_up_from_the_messages_that_are_kept(author):
    finished(author, {"accepted": 3}, days=30)
    daily.write_down()
    assert of_day(30) == {"sent": 1, "accepted": 3}


def test_a_message_that_is_deleted_later_leaves_its_day_as_it_was(author):
    old = finished(author, {"accepted": 3}, days=30)
    daily.write_down()
    old.delete()
    an_hour_later()
    assert of_day(30) == {"sent": 1, "accepted": 3}


def test_what_was_not_sent_yet_is_no_message_of_the_day(author):
    make_message(author, status=Message.Status.AWAITING)
    daily.write_down()
    assert of_day() == {}


def test_counting_asks_as_much_of_many_messages_as_of_few(author):
    asked = []
    for _ in range(2):
        finished(author, {"accepted": 3})
        prepare(make_message(author).pk)
        with CaptureQueriesContext(connection) as queries:
            daily.count(timezone.localdate())
        asked.append(len(queries))
    assert asked == [3, 3]


def test_the_dashboard_piles_up_the_weeks_for_who_may_see_all_reports(client, author):
    finished(author, {"accepted": 3, "not_registered": 1})
    daily.write_down()
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"]))
    page = said(client.get(reverse("dashboard")))
    assert "Messages of the last weeks" in page and 'class="bar-ok"' in page and "The same as a table" in page
    client.force_login(author)
    assert "Messages of the last weeks" not in said(client.get(reverse("dashboard")))


def test_the_highest_week_fills_the_picture_and_the_blocks_stand_on_each_other(author):
    finished(author, {"accepted": 3, "not_registered": 1})
    finished(author, {"accepted": 2}, days=14)
    daily.write_down()
    first, *last = daily.by_week().blocks
    assert float(first.height) == 48 and [block.height for block in last] == ["72.0", "24.0"]
    assert [block.y for block in last] == ["24.0", "0.0"]
