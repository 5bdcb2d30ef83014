from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from portal.backups import databases, files
from portal.backups.models import LastBackup


class Command(BaseCommand):
    help = "Writes the whole database into one file, sealed with BACKUP_KEY, while everybody goes on working."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="a new file; else one in VAR_DIR/backups")

    def handle(self, *, file, **options):
        file = file or files.usual_name()
        try:
            with databases.of_one_moment() as (said, dump):
                files.write(file, said, dump)
        except databases.Unable as why:
            raise CommandError(str(why)) from None
        self._note()
        rows = sum(said.counts.values())
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB, {rows} rows in {len(said.counts)} tables.")
        if not settings.BACKUP_KEY:
            self.stderr.write(
                "WARNING: this backup is NOT SEALED: whoever holds the file reads every name, number and message. "
                "Set BACKUP_KEY, and keep a copy of it away from this machine."
            )
        self.stdout.write(
            "The keys are not in it. Keep PORTAL_KEYS, SECRET_KEY and BACKUP_KEY in another place than it."
        )

    def _note(self):
        with suppress(DatabaseError), transaction.atomic():  # no table before the upgrade that it is made for
            LastBackup.objects.note()
