"""The number outside, and when nothing may leave. Tests move rows, not clocks."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db.models import F
from django.db.models.functions import Now
from django.test import override_settings

from portal import doorbell
from portal.health.beats import beat
from portal.health.models import Beat
from portal.ledger import mark, open_work, outside
from portal.ledger.models import Mark
from portal.ledger.open_work import OpenWork
from portal.periodic import Sweeper

pytestmark = pytest.mark.django_db


@pytest.fixture
def something_is_open(monkeypatch):
    monkeypatch.setattr(open_work, "_functions", [lambda: [OpenWork("A message", waiting=3)]])


@pytest.fixture
def nothing_is_open(monkeypatch):
    monkeypatch.setattr(open_work, "_functions", [list])


def nobody_heard_for(**duration):
    """Everything of this database becomes so much older."""
    ago = timedelta(**duration)
    Beat.objects.update(began_at=F("began_at") - ago, at=F("at") - ago)
    Mark.objects.update(compared_at=F("compared_at") - ago)


def at_work():
    """A portal that has claimed some times, and whose worker was heard of."""
    beat(Beat.Process.WORKER)
    for _ in range(3):
        assert mark.count() and mark.write_down()
    return Mark.objects.get()


def emptied():
    """What stood outside is gone, as in an emptied Redis or where it never was."""
    Mark.objects.update(name=uuid4())


def why():
    return Mark.objects.get().held


@pytest.mark.parametrize("is_small", [True, False], ids=["files", "Redis"])
def test_outside_it_is_only_raised_in_whatever_order_workers_write(is_small, settings):
    if not is_small and settings.SMALL_BROKER:
        pytest.skip("needs a Redis")
    name, numbers = uuid4(), random.sample(range(1, 200), 199)
    with override_settings(SMALL_BROKER=is_small):
        assert outside.number_of(name) is None
        outside.raise_to(name, 7)
        outside.raise_to(name, 5)
        assert outside.number_of(name) == 7
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(lambda number: outside.raise_to(name, number), numbers))
        assert outside.number_of(name) == 199


def test_a_worker_that_writes_late_takes_nothing_back(nothing_is_open):
    first = at_work().number
    assert mark.count()  # of another worker, which writes first
    assert mark.write_down()
    outside.raise_to(Mark.objects.get().name, first)
    assert outside.number_of(Mark.objects.get().name) == first + 1
    assert not mark.held()


def test_a_database_that_knows_less_than_was_sent_holds_everything(nothing_is_open):
    was = at_work()
    assert mark.count() and mark.write_down()
    Mark.objects.update(number=was.number)
    assert mark.held() and why() == Mark.Held.BEHIND
    assert not mark.count()


def test_a_fail_over_that_lost_nothing_raises_nothing(something_is_open):
    at_work()
    assert mark.count()  # committed, and its worker died before it wrote the number down
    assert not mark.held() and mark.count()


def test_a_first_start_writes_the_mark_down(something_is_open):
    assert not mark.held()
    assert outside.number_of(Mark.objects.get().name) == 0


def test_a_copy_beside_which_nothing_is_written_down_holds_everything(something_is_open):
    at_work()
    emptied()
    nobody_heard_for(minutes=11)
    assert mark.held() and why() == Mark.Held.ELSEWHERE


def test_a_copy_is_seen_although_its_own_processes_have_begun_to_beat(something_is_open, monkeypatch):
    """They begin before anything can be compared, for example because Redis starts after them."""
    at_work()
    emptied()
    nobody_heard_for(minutes=11)
    Beat.objects.create(process=Beat.Process.SWEEPER)
    Beat.objects.create(process=Beat.Process.WORKER)
    assert mark.held() and why() == Mark.Held.ELSEWHERE


def test_a_copy_made_a_moment_ago_knows_that_it_is_another_database(something_is_open):
    at_work()
    Mark.objects.update(home="another database")
    emptied()
    assert not mark.count() and why() == Mark.Held.ELSEWHERE
    assert mark.release(Mark.objects.get().name) and mark.count()


def test_a_move_to_another_database_with_nothing_open_is_noted(nothing_is_open, monkeypatch):
    at_work()
    Mark.objects.update(home="another database")
    assert mark.count() and Mark.objects.get().home != "another database"
    monkeypatch.setattr(open_work, "_functions", [lambda: [OpenWork("A message", waiting=3)]])
    assert mark.count()


def test_a_copy_with_nothing_open_goes_on(nothing_is_open):
    at_work()
    emptied()
    nobody_heard_for(days=11)
    assert not mark.held() and outside.number_of(Mark.objects.get().name) == 3


def test_an_emptied_redis_is_filled_again_while_beats_are_fresh(something_is_open):
    at_work()
    emptied()
    nobody_heard_for(minutes=9)
    assert not mark.held() and outside.number_of(Mark.objects.get().name) == 3


def test_redis_away_for_long_and_then_empty_is_no_restore_where_our_processes_went_on(something_is_open):
    at_work()
    emptied()
    nobody_heard_for(hours=2)
    Beat.objects.update(at=Now())  # the same processes, which could compare nothing meanwhile
    assert not mark.held()


def test_a_whole_machine_put_back_is_asked_about_after_three_hours(something_is_open):
    at_work()
    nobody_heard_for(hours=2, minutes=50)
    assert not mark.held()
    nobody_heard_for(hours=3, minutes=1)
    assert mark.held() and why() == Mark.Held.ASLEEP


def test_a_night_without_anything_open_raises_nothing(nothing_is_open):
    at_work()
    nobody_heard_for(hours=14)
    assert not mark.held()


def test_what_becomes_open_after_a_night_is_not_held(monkeypatch):
    monkeypatch.setattr(open_work, "_functions", [list])
    at_work()
    nobody_heard_for(hours=14)
    Sweeper().run_due()
    monkeypatch.setattr(open_work, "_functions", [lambda: [OpenWork("A message", waiting=3)]])
    assert not mark.held()


def test_the_sweeper_judges_before_it_is_heard_of(something_is_open):
    at_work()
    nobody_heard_for(hours=4)
    Sweeper().run_due()
    assert mark.is_held()


def test_without_the_place_outside_nothing_is_claimed_and_nothing_is_held(something_is_open, monkeypatch):
    at_work()
    name = "_read_file" if outside.settings.SMALL_BROKER else "_client"

    def away(*arguments):
        raise ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(outside, name, away)
        assert mark.held() and not mark.count()
        assert not mark.is_held()
    assert mark.held()  # left alone for a moment
    doorbell.broker.answered()
    assert not mark.held() and mark.count()


def test_a_release_begins_a_new_history_and_is_of_the_mark_that_was_seen(something_is_open):
    was = at_work()
    call_command("hold_sending")
    assert mark.held() and why() == Mark.Held.RESTORED
    assert not mark.release(uuid4()) and mark.is_held()
    assert mark.release(was.name)
    now = Mark.objects.get()
    assert now.name != was.name and not mark.held()
    assert outside.number_of(now.name) == now.number
    assert not mark.release(now.name)  # nothing is held


def test_the_same_backup_restored_twice_is_held_twice(something_is_open):
    was = at_work()
    assert mark.count() and mark.write_down()
    for _ in range(2):
        Mark.objects.update(name=was.name, number=was.number)
        assert mark.held() and why() == Mark.Held.BEHIND
        assert mark.release(was.name)
        assert not mark.held()
