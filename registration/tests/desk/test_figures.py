"""Figures of a large school are kept: pages cost nothing, and nobody is shown old ones as new."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from portal.people.demo import make_group, make_person
from registration.demo import make_registration
from registration.models import Figures, Registration, figures
from registration.tasks import count
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/registrations/"


@pytest.fixture
def a_large_school(monkeypatch):
    """One of two people, where already one takes long to count."""
    monkeypatch.setattr(figures, "EXACT_UP_TO", 1)
    make_account()
    make_person("contact")
    make_registration(make_person("contact"))


def roll_shown(client, **query):
    return client.get(ADDRESS, {"role": "contacts"} | query).context["roll"]


def they_are_of(**ago):
    Figures.objects.update(counted_at=timezone.now() - timedelta(**ago))


def test_a_small_school_is_counted_for_each_page_and_nothing_is_kept(client, administrator):
    make_account()
    assert roll_shown(client) == 0
    make_person("contact")
    assert roll_shown(client) == 1
    assert not Figures.objects.exists()


def test_figures_of_a_large_school_are_kept_and_say_of_when_they_are(client, administrator, a_large_school):
    assert roll_shown(client) == 2
    make_person("contact")
    assert roll_shown(client) == 2
    assert "As counted at" in client.get(ADDRESS, {"role": "contacts"}).content.decode()


def test_whoever_must_know_exactly_has_them_counted_now(client, administrator, a_large_school):
    roll_shown(client)
    make_person("contact")
    assert roll_shown(client, now=1) == 3
    assert roll_shown(client) == 3


def test_every_question_has_figures_of_its_own(client, administrator, a_large_school):
    year = make_group("year", "Year 7", members=[make_person("pupil"), make_person("pupil")])
    assert roll_shown(client) == 2
    assert roll_shown(client, role="") == 4
    assert roll_shown(client, role="pupils", group=year.pk) == 2
    rows = client.get(ADDRESS, {"role": "pupils", "by": "year"}).context["table"]["rows"]
    assert [(row["label"], row["total"]) for row in rows] == [("Year 7", 2)]
    assert Figures.objects.count() == 4


def test_old_figures_are_not_shown(client, administrator, a_large_school):
    roll_shown(client)
    make_person("contact")
    they_are_of(minutes=11)
    assert roll_shown(client) == 3


def test_a_worker_counts_again_what_somebody_looks_at(client, administrator, a_large_school):
    roll_shown(client)
    make_person("contact")
    they_are_of(minutes=2)
    count()
    assert roll_shown(client) == 3


def test_a_worker_leaves_alone_what_nobody_looks_at(client, administrator, a_large_school):
    roll_shown(client)
    they_are_of(minutes=2)
    Figures.objects.update(shown_at=Now() - timedelta(hours=1))
    assert not Figures.objects.to_count_again().exists()


def test_a_school_that_shrank_is_counted_for_each_page(client, administrator, a_large_school, monkeypatch):
    roll_shown(client)
    monkeypatch.setattr(figures, "EXACT_UP_TO", 2)
    make_person("contact", last_day="2020-01-01")
    assert roll_shown(client) == 2


@pytest.mark.postgresql
def test_the_dashboard_finds_the_cases_by_their_indexes():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    ours = Registration.objects.open()
    for rows, index in [
        (ours.problems(), "registrations_with_a_problem"),
        (ours.met_the_daily_limit(), "registrations_at_the_limit"),
        (ours.displaced_lately(), "registrations_displaced"),
        (ours.nothing_came(), "registrations_without_message"),
    ]:
        assert index in rows.explain()
