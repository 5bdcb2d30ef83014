"""Whoever runs the portal is told that it is not backed up, until it is."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from portal import causes
from portal.backups.models import LastBackup, installed_at
from portal.health import operator
from portal.health.gauges import gauges
from portal.health.models import Alarm
from portal.ledger import mark
from portal.ledger.models import Mark

pytestmark = pytest.mark.django_db
KIND = causes.kind("backups.overdue")


@pytest.fixture
def installed_long_ago(monkeypatch):
    """Said, not written: whatever the rows of the migrations say stays after a test that is not taken back."""
    monkeypatch.setattr("portal.backups.models.installed_at", lambda: timezone.now() - timedelta(days=3))


def last_backup(hours_ago):
    LastBackup.objects.note()
    LastBackup.objects.update(made_at=Now() - timedelta(hours=hours_ago))


def test_a_portal_that_was_installed_a_moment_ago_need_not_be_backed_up_yet():
    assert KIND.causes() == {}


def test_it_was_installed_with_its_first_migration():
    MigrationRecorder.Migration.objects.filter(app="people").update(applied=Now() - timedelta(days=3))
    assert timedelta(days=2) < timezone.now() - installed_at() < timedelta(days=4)


def test_one_that_was_never_backed_up_is_told(installed_long_ago):
    assert set(KIND.causes()) == {"backup"} and "has ever been made" in KIND.sentence("backup")


@pytest.mark.parametrize(("hours", "is_told"), [(30, False), (37, True)])
def test_a_backup_of_last_night_is_enough_and_an_older_one_is_not(installed_long_ago, hours, is_told):
    last_backup(hours_ago=hours)
    assert bool(KIND.causes()) == is_told


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_is_whole_ends_it_and_one_that_failed_does_not(installed_long_ago, tmp_path, capsys):
    (tmp_path / "there").touch()
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(tmp_path / "there"))
    assert KIND.causes()
    call_command("backup", str(tmp_path / "made"))
    assert not KIND.causes()


def test_the_operator_reads_since_when_and_what_to_do(installed_long_ago, settings):
    settings.OPERATOR_EMAIL = "it@school.example"
    last_backup(hours_ago=50)
    operator.look()
    Alarm.objects.update(since=F("since") - timedelta(minutes=3))
    operator.look()
    assert "The last backup" in mail.outbox[0].body and "docker compose run --rm backup" in mail.outbox[0].body


def test_who_backs_up_in_another_way_is_not_told(installed_long_ago, settings):
    settings.BACKUP_WITHIN_HOURS = 0
    assert KIND.causes() == {}


def test_a_copy_to_try_things_on_need_not_be_backed_up(installed_long_ago):
    mark.hold(Mark.Held.STAGING)
    assert KIND.causes() == {}


def test_its_age_is_a_number_for_whoever_watches():
    [age] = [gauge for gauge in gauges() if gauge.name == "portal_backup_age_seconds"]
    assert age.numbers() == {}
    last_backup(hours_ago=2)
    assert 7200 <= age.numbers()[""] < 7260
