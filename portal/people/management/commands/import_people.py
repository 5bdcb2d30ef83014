import io
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portal.people import importing
from portal.people.importing import actions


class Command(BaseCommand):
    help = "Brings people in from a CSV file or an Excel workbook: all of it, or nothing and a list of what is wrong in which row and column."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="or - for what comes in (… < people.csv)")
        parser.add_argument(
            "--new",
            action="append",
            default=[],
            metavar="REFERENCE",
            help="somebody new, although the reference looks like another's; as often as needed",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")

    def handle(self, *, file, new, dry_run, **options):
        try:
            opened = io.BytesIO(sys.stdin.buffer.read()) if file == Path("-") else file.open("rb")
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        try:
            with opened, transaction.atomic():
                rows = importing.rows_in(importing.open_table(opened))
                result = actions.import_people(rows, new=new, file=opened)
                transaction.set_rollback(dry_run)
        except importing.ImportRefused as refused:
            shown = [str(problem) for problem in refused.problems[:50]]
            if len(refused.problems) > 50:
                shown.append(f"… and {len(refused.problems) - 50} more.")
            raise CommandError("Nothing was imported.\n" + "\n".join(shown)) from None
        self.stdout.write(f"{result.new} new, {result.changed} changed, {result.unchanged} unchanged.")
        for moved in result.moved:
            self.stdout.write(f"Moved: {moved}")
        if dry_run:
            self.stdout.write("This was a dry run: nothing was saved.")
