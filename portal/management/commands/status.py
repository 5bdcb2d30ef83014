from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils import timezone, translation

from portal.backups.models import LastBackup
from portal.database import in_a_line
from portal.health import readiness
from portal.health.disk import free_share
from portal.health.gauges import gauges
from portal.health.models import Address
from portal.version import VERSION

SHOWN = {
    "beat_age_seconds": "seconds since heard of",
    "messages": "messages",
    "batch_oldest_due_seconds": "oldest call due, seconds",
    "calls_of_the_last_hour": "calls of the last hour",
    "token_seconds_left": "tokens good for, seconds",
    "registrations": "registrations",
    "letters": "letters",
}
WELL, NOT_WELL, WITHOUT_DATABASE = 0, 1, 2


class Command(BaseCommand):
    help = "Says on one screen what works and what does not. Ends with 0 where all is well, 1 where not, 2 without a database."

    def handle(self, **options):
        self._line("portal", f"{VERSION}, {settings.SCHOOL_NAME}, {timezone.localtime():%Y-%m-%d %H:%M %Z}")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            with translation.override(settings.LANGUAGE_CODE):
                found = readiness.results(readiness.OURSELVES) | readiness.results(readiness.ACCOUNT)
        except DatabaseError as error:
            self._line("database", f"away: {in_a_line(error)}")
            raise SystemExit(WITHOUT_DATABASE) from None
        self._line("database", "ok")
        for name, result in found.items():
            self._line(name, f"{result.word}. {result.sentence}".rstrip(". ") if result else "ok")
        for row in Address.objects.order_by("site"):
            self._line(f"{row.site} site", str(row))
        self._line("backup", str(LastBackup.objects.the() or "never made"))
        self._line("keys", f"{len(settings.PORTAL_KEYS)}, of which the first encrypts")
        self._line("disk", f"{free_share():.0%} free beside this process")
        for gauge in gauges():
            words = SHOWN.get(gauge.name.removeprefix("portal_"))
            # No messages say nothing; no seconds do.
            says_zero = gauge.name.endswith("seconds")
            numbers = {label: number for label, number in gauge.numbers().items() if number or says_zero}
            if words and numbers:
                self._line(words, ", ".join(f"{label} {number}".strip() for label, number in numbers.items()))
        raise SystemExit(NOT_WELL if any(found.values()) else WELL)

    def _line(self, name, words):
        self.stdout.write(f"{name:<26} {words}")
