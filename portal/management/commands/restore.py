from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from portal import occupied
from portal.backups import afterwards, databases, files, manifest
from portal.backups.sealed import NotReadable
from portal.ledger import mark
from portal.ledger.models import Mark


class Command(BaseCommand):
    help = (
        "Puts a backup into a new, empty database. Nothing is sent from there, by WeCom or by mail, before a person has "
        "released it."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--staging", action="store_true", help="a copy to try things on: it speaks to WeCom not at all"
        )
        parser.add_argument("--check", action="store_true", help="only read the file to its end and say what is in it")

    def handle(self, *, file, staging, check, **options):
        try:
            with files.opened(file) as (said, dump):
                self._say_what_it_is(said)
                if check:
                    size = sum(map(len, dump))
                    self.stdout.write(f"It opens to its end: {size / 1e6:.1f} MB. No database was touched.")
                    return
                self._refuse_what_cannot_be(said)
                why = Mark.Held.STAGING if staging else Mark.Held.RESTORED
                databases.put(dump, mark.sentence_that_holds(why, said.made_at))
        except (NotReadable, databases.Unable, occupied.Occupied) as refused:
            raise CommandError(str(refused)) from None
        connection.close()
        problems = manifest.differences(said)
        self._bring_up_to_date(said)
        mark.hold(why)  # where the backup had no mark yet
        self._report(said, problems)

    def _say_what_it_is(self, said):
        self.stdout.write(
            f"A backup of {said.school}, made at {said.made_at} by version {said.version}"
            f"{f' ({said.commit[:10]})' if said.commit else ''} on {said.vendor}: "
            f"{sum(said.counts.values())} rows in {len(said.counts)} tables."
        )

    def _refuse_what_cannot_be(self, said):
        if said.vendor != connection.vendor:
            raise CommandError(
                f"It is of {said.vendor}, and DATABASE_URL names {connection.vendor}: name one of its kind."
            )
        if connection.vendor == "sqlite":
            occupied.occupy(settings.VAR_DIR / "running")
        if there := databases.tables():
            raise CommandError(
                f"The database “{connection.settings_dict['NAME']}” holds {len(there)} tables: a backup is put into an "
                "empty one only. Make a new database, let DATABASE_URL name it, and start again."
            )
        ours = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
        if unknown := sorted(set(said.migrations) - ours):
            raise CommandError(
                f"It is of a newer portal ({said.version}), which has {', '.join(unknown[:3])}. Install that version first."
            )

    def _bring_up_to_date(self, said):
        call_command("migrate", verbosity=0, interactive=False)
        if new := sorted(set(manifest.applied()) - set(said.migrations)):
            self.stdout.write(f"Brought up to this version: {len(new)} migrations.")

    def _report(self, said, problems):
        for sentence in manifest.missing_keys(said):
            self.stderr.write(f"WARNING: {sentence}")
        if lost := manifest.unreadable_secrets():
            self.stderr.write(f"WARNING: {lost} stored secrets open with none of PORTAL_KEYS.")
        if problems:
            raise CommandError("The counts are not those of the backup:\n" + "\n".join(problems))
        self.stdout.write(f"Restored: every table holds what the backup was made of ({len(said.counts)} tables).")
        for sentence in afterwards.everything():
            self.stdout.write(sentence)
        self.stdout.write("Nothing is sent until an administrator has released it on the staff site, After a restore.")
