"""Each person chooses how they are told, and says when they are away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.causes import Cause, Way
from portal.notices.looking import look
from portal.notices.models import Absence, Choice, Telling
from portal.people.demo import make_person

pytestmark = pytest.mark.django_db
PAGE = reverse("notice-choices")


def said(response):
    return " ".join(response.content.decode().split())


def save(client, **typed):
    seen = client.get(PAGE).context["form"]["seen"].value()
    return client.post(PAGE, {"seen": seen, "test": Way.MAIL, "away_until": ""} | typed, follow=True)


@pytest.fixture
def chooser(client, pretended, holder):
    client.force_login(holder)
    return holder


def test_a_choice_is_kept_and_shown_and_what_is_usual_is_no_row(client, chooser):
    save(client, test=Way.DAILY)
    assert Choice.objects.get().way == Way.DAILY
    assert client.get(PAGE).context["form"]["test"].value() == Way.DAILY
    save(client)
    assert not Choice.objects.exists()
    assert AuditEvent.objects.filter(act="chose what they are told of").count() == 2


def test_whoever_says_that_they_are_away_is_told_of_nothing_from_then_on(
    client, chooser, pretended, django_capture_on_commit_callbacks
):
    pretended.now = {"7": Cause()}
    look()
    with django_capture_on_commit_callbacks(execute=True):
        save(client, away_until=str(timezone.localdate()))
    assert not Telling.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        save(client)
    assert Telling.objects.exists() and not Absence.objects.exists()


@pytest.mark.parametrize(("days", "sentence"), [(-1, "This day is over."), (400, "That is more than a year away.")])
def test_a_day_that_cannot_be_is_said_beside_it_and_nothing_typed_is_lost(client, chooser, days, sentence):
    page = save(client, test=Way.PAGE, away_until=str(timezone.localdate() + timedelta(days=days)))
    assert sentence in said(page) and not Choice.objects.exists()
    assert page.context["form"]["test"].value() == Way.PAGE


def test_a_way_that_is_none_is_refused(client, chooser):
    assert "Select a valid choice" in said(save(client, test="pigeon"))


def test_an_older_page_saves_only_after_it_was_said(client, chooser):
    old = client.get(PAGE).context["form"]["seen"].value()
    save(client, test=Way.DAILY)
    page = client.post(PAGE, {"seen": old, "test": Way.PAGE, "away_until": ""})
    assert "another window" in said(page) and Choice.objects.get().way == Way.DAILY


def test_only_what_can_be_told_to_one_is_offered(client, pretended):
    client.force_login(make_sign_in(make_person("staff"), options=["audit.view"]))
    assert "nothing that the portal could tell you" in said(client.get(PAGE))
    assert "nothing that the portal could tell you" in said(client.post(PAGE, {"test": Way.DAILY}))
    assert not Choice.objects.exists()


def test_my_details_lead_there(client, chooser):
    assert PAGE in said(client.get(reverse("my-details")))
