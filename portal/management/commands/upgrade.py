from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal import upgrading
from portal.version import VERSION, commit


class Command(BaseCommand):
    help = "Says what an upgrade to this version would do to the database and what is missing; with --yes it does it."

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *, yes, **options):
        self.stdout.write(f"This is version {VERSION}{f' ({commit()[:10]})' if commit() else ''}.")
        pending = upgrading.pending()
        for name, sentences in pending:
            self.stdout.write(f"  {name}")
            for sentence in sentences:
                self.stdout.write(f"    {sentence}")
        if names := upgrading.missing_settings():
            self.stdout.write(f"Not set, so their defaults hold: {', '.join(names)}.")
        for sentence in upgrading.warnings():
            self.stderr.write(f"WARNING: {sentence}")
        if not pending:
            self.stdout.write("The database is up to date.")
        elif not yes:
            self.stdout.write(f"{len(pending)} migrations wait. Old processes may go on meanwhile. --yes applies them.")
        else:
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
            self.stdout.write(f"{len(pending)} migrations applied. Start the processes of this version now.")
