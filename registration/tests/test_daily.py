"""The facts of a day about people, and the pictures drawn from them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.facts.counting import COUNT
from portal.facts.models import DailyFact, monday_of
from portal.facts.sweeps import ring_for_the_days_facts
from portal.facts.tasks import count_the_day
from portal.people.demo import make_person, relate
from registration import daily
from registration.demo import make_registration
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(doorbells):
    return make_account()


def family(registered):
    parent, pupil = make_person("contact"), make_person("pupil")
    relate(parent, pupil)
    if registered:
        make_registration(parent)


def todays():
    return dict(DailyFact.objects.filter(day=timezone.localdate()).values_list("name", "number"))


def dashboard(client, *options):
    client.force_login(make_sign_in(make_person("staff"), options=list(options)))
    return " ".join(client.get(reverse("dashboard")).content.decode().split())


def test_a_day_knows_how_many_are_registered_and_how_many_pupils_have_an_adult_reached():
    family(registered=True)
    family(registered=False)
    daily.write_down()
    numbers = todays()
    assert (numbers["people.roll"], numbers["people.registered"]) == (4, 1)
    assert (numbers["people.contacts"], numbers["people.contacts.registered"]) == (2, 1)
    assert (numbers["people.pupils.here"], numbers["people.pupils.reached"]) == (2, 1)
    assert sum(n for name, n in numbers.items() if name.startswith("people.state.")) == 4


def test_a_worker_counts_it_again_when_it_has_grown_old_and_the_sweeper_only_rings(doorbells, committed):
    with committed():
        ring_for_the_days_facts()
    assert set(doorbells) == {COUNT} and not DailyFact.objects.exists()
    count_the_day()
    family(registered=True)
    del doorbells[:]
    with committed():
        ring_for_the_days_facts()
    count_the_day()
    assert doorbells == [] and todays()["people.roll"] == 0
    DailyFact.objects.update(written_at=timezone.now() - timedelta(hours=1))
    count_the_day()
    assert todays()["people.roll"] == 2


def test_a_counting_that_takes_long_is_not_begun_again_meanwhile(monkeypatch):
    began = []

    def takes_long():
        began.append(1)
        if len(began) == 1:
            count_the_day()

    monkeypatch.setattr("portal.facts.counting._counts", [("nothing of this name.", takes_long)])
    count_the_day()
    assert len(began) == 2  # it is looked at once more when the first has ended, never beside it


def test_of_days_on_which_nobody_counted_nothing_is_said():
    family(registered=True)
    DailyFact.objects.write({timezone.localdate() - timedelta(days=20): {"people.roll": 1, "people.registered": 1}})
    daily.write_down()
    assert DailyFact.objects.values("day").distinct().count() == 2
    drawn = daily.pictures()
    assert [week is not None for _monday, week in drawn.weeks].count(True) == 2
    assert len(dict(drawn.lines)["people"]) == 2  # a broken line


def test_counting_asks_as_much_of_many_as_of_few():
    with CaptureQueriesContext(connection) as few:
        daily.count(EnterpriseAccount.objects.the())
    for _ in range(5):
        family(registered=True)
    with CaptureQueriesContext(connection) as many:
        daily.count(EnterpriseAccount.objects.the())
    assert len(few) == len(many) == 5


def test_the_dashboard_draws_them_and_says_the_same_as_a_table(client):
    family(registered=True)
    daily.write_down()
    html = dashboard(client, "registration.view")
    assert "Who is reached" in html and "<svg" in html and "Pupils with an adult who is reached" in html
    assert "100%" in html and "The same as a table" in html


def test_the_picture_is_for_those_who_may_see_registrations_alone(client):
    daily.write_down()
    assert "Who is reached" not in dashboard(client, "messaging.write")


def test_before_anything_was_counted_there_is_no_picture(client):
    assert "Who is reached" not in dashboard(client, "registration.view")


def test_the_picture_asks_for_the_facts_alone(client):
    family(registered=True)
    daily.write_down()
    with CaptureQueriesContext(connection) as asked:
        assert daily.pictures().people.part == 1
    assert len(asked) == 1


def test_a_week_is_as_its_last_day_was():
    monday = monday_of(timezone.localdate()) - timedelta(days=7)
    for number in range(3):
        numbers = {"people.roll": 4, "people.registered": number}
        DailyFact.objects.write({monday + timedelta(days=number): numbers})
    ((_day, registered, roll, _reached, _pupils),) = daily.pictures().rows
    assert (registered, roll) == (2, 4)
