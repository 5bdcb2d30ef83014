"""What is so becomes notices, once each, for whom it concerns, and goes with its cause."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.causes import Cause
from portal.notices.looking import look, look_soon
from portal.notices.models import Absence, Notice, Telling
from portal.people.demo import make_person

from .conftest import OPTION

pytestmark = pytest.mark.django_db


def told():
    return {telling.user for telling in Telling.objects.standing().select_related("user")}


def earlier(**times):
    """Time passes: everything that was written down happened that much earlier."""
    passed = timedelta(**times)
    Notice.objects.update(opened_at=F("opened_at") - passed)
    Notice.objects.exclude(closed_at=None).update(closed_at=F("closed_at") - passed)
    Telling.objects.exclude(tell_at=None).update(tell_at=F("tell_at") - passed)


def test_a_cause_is_one_notice_however_often_it_is_seen_and_gone_with_it(pretended, holder):
    pretended.now = {"7": Cause()}
    look()
    look()
    assert Notice.objects.count() == 1 and told() == {holder}
    pretended.now = {}
    look()
    assert told() == set() and not Notice.objects.open().exists()


def test_a_cause_that_is_back_is_a_new_notice(pretended, holder):
    for now in ({"7": Cause()}, {}, {"7": Cause()}):
        pretended.now = now
        look()
    assert Notice.objects.count() == 2 and told() == {holder}


def test_what_flutters_is_the_same_notice_for_a_while(pretended, holder):
    pretended.of(flutters=True)
    for now in ({"7": Cause()}, {}, {"7": Cause()}, {}):
        pretended.now = now
        look()
    assert Notice.objects.count() == 1
    earlier(minutes=11)
    pretended.now = {"7": Cause()}
    look()
    assert Notice.objects.count() == 2


def test_nobody_is_told_who_left_stopped_is_locked_or_away_or_does_not_hold_the_option(pretended, holder):
    yesterday = timezone.localdate() - timedelta(days=1)
    parent_still = {"is_contact": True, "staff_last_day": yesterday}
    for fields in ({"staff_last_day": yesterday}, parent_still):
        make_sign_in(make_person("staff", **fields), options=[OPTION])
    locked, away = (make_sign_in(make_person("staff"), options=[OPTION]) for _ in range(2))
    type(locked).objects.filter(pk=locked.pk).update(is_active=False)
    Absence.objects.create(user=away, until=timezone.localdate())
    make_sign_in(make_person("staff"), options=["audit.view"])
    pretended.now = {"7": Cause()}
    look()
    assert told() == {holder}


def test_whoever_comes_back_or_is_given_the_option_is_told_of_what_stands(pretended, holder):
    absence = Absence.objects.create(user=holder, until=timezone.localdate())
    pretended.now = {"7": Cause()}
    look()
    assert told() == set()
    absence.delete()
    another = make_sign_in(make_person("staff"), options=[OPTION])
    look()
    assert told() == {holder, another}


def test_whoever_lost_the_option_is_not_told_any_more(pretended, holder):
    pretended.now = {"7": Cause()}
    look()
    holder.groups.clear()
    look()
    assert told() == set()


def test_a_cause_names_whom_it_is_about_and_whom_not(pretended, holder):
    another = make_sign_in(make_person("staff"), options=[OPTION])
    pretended.now = {"7": Cause(to={holder.pk, None}), "8": Cause(but={holder.pk, None})}
    look()
    by_subject = dict(Telling.objects.values_list("notice__subject", "user"))
    assert by_subject == {"7": holder.pk, "8": another.pk}


def test_where_nobody_is_whom_it_concerns_the_administrators_are_told(pretended, holder, administrator):
    Absence.objects.create(user=holder, until=timezone.localdate())
    administrator.groups.first().permissions.clear()  # they hold the profile, and not even the option
    pretended.now = {"7": Cause()}
    look()
    assert told() == {administrator} and Notice.objects.get().is_nobodys
    Absence.objects.all().delete()
    look()
    assert told() == {holder} and not Notice.objects.get().is_nobodys


def test_news_of_somebody_who_left_is_nobodys_and_told_to_nobody(pretended, administrator):
    pretended.of(is_news=True, option="audit.view")
    pretended.now = {"7": Cause(to={0})}
    look()
    assert told() == set()


def test_a_kind_that_fails_stops_neither_the_verb_nor_another_kind(
    pretended, holder, django_capture_on_commit_callbacks
):
    def fail():
        raise ZeroDivisionError("with a name in it")

    pretended.of(causes=fail)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        look_soon("test")
        make_person("staff", reference="WRITTEN")
    assert type(holder).objects.filter(pk=holder.pk).exists()


def test_what_another_opens_meanwhile_is_not_taken_for_gone(pretended, holder):
    def so_a_moment_later():
        Notice.objects.create(kind="test", subject="7")
        return {}

    pretended.of(causes=so_a_moment_later)
    look()
    assert Notice.objects.open().exists()


def test_an_urgent_one_that_lasts_is_passed_on_to_the_administrators(pretended, holder, administrator):
    administrator.groups.first().permissions.clear()
    pretended.now = {"7": Cause(urgent=True), "8": Cause()}
    look()
    assert told() == {holder}
    earlier(minutes=31)
    look()
    assert told() == {holder, administrator}
    assert set(Telling.objects.filter(user=administrator).values_list("notice__subject", flat=True)) == {"7"}


def test_looking_costs_the_same_for_one_and_many(pretended, holder):
    pretended.now = {"0": Cause()}
    look()
    with CaptureQueriesContext(
        connection,
    ) as one:
        look()
    pretended.now = {str(number): Cause() for number in range(30)}
    look()
    with CaptureQueriesContext(connection) as many:
        look()
    assert len(many) == len(one)
