from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import database, doorbell, occupied, processes


class Command(BaseCommand):
    help = (
        "Runs web, worker and sweeper with the settings of .env: no simulator, no demo data. For a small installation."
    )

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, port, **options):
        processes.wait_for(database.answers, "Waiting for the database …", self._say)
        processes.wait_for(doorbell.answers, "Waiting for the broker …", self._say)
        try:
            lock = occupied.occupy(settings.VAR_DIR / "running")
        except occupied.Occupied as there:
            raise CommandError(str(there)) from None
        port = processes.free_port(port, "the portal", self.stdout.write)
        occupied.say_where(lock, f"http://127.0.0.1:{port}/")
        children = processes.Processes({}, self.stdout.write, [lock])
        children.once("migrate", "--verbosity", "0")
        children.once("createcachetable")
        children.once("collectstatic", "--noinput", "--verbosity", "0")
        (settings.VAR_DIR / "broker").mkdir(parents=True, exist_ok=True)
        children.start("web", processes.web(port))
        children.start("worker", processes.worker())
        children.start("sweeper", processes.sweeper())
        children.wait_until("portal", lambda: processes.answers(f"http://127.0.0.1:{port}/readyz"))
        self._say(f"READY http://127.0.0.1:{port}/ (the public address is {settings.PORTAL_URL})")
        children.watch()

    def _say(self, line):
        self.stdout.write(line)
        self.stdout.flush()
