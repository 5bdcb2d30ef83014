import json
import os
import sys
import urllib.request
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http.request import validate_host

from portal import database, occupied, processes
from portal.management import demo_data

DEFAULT_PORT, DEFAULT_SIMULATOR_PORT = 8000, 8100


class Command(BaseCommand):
    help = "Runs the whole portal with an invented school and a pretend WeCom: web, worker, sweeper and simulator."

    def add_arguments(self, parser):
        parser.add_argument("--fresh", action="store_true", help="forget everything and start with nothing linked")

    def handle(self, *, fresh, **options):
        if urlsplit(settings.WECOM_API_BASE).hostname == urlsplit(settings.TENCENT_API).hostname:
            raise CommandError(
                "The demo does not run against Tencent's host: its invented people would be written into a real company. "
                "Unset WECOM_API_BASE, or point it at a pretend WeCom on this machine."
            )
        processes.wait_for(database.answers, "Waiting for the database …", self._say)
        locks = self._occupy()
        demo_data.refuse_what_is_not_the_demos()
        if fresh:
            self._forget()
        (settings.VAR_DIR / "broker").mkdir(parents=True, exist_ok=True)
        (settings.VAR_DIR / "mail").mkdir(parents=True, exist_ok=True)
        environment = self._addresses()
        portal, simulator = environment["DEMO_PORTAL"], environment["DEMO_SIMULATOR"]
        for lock in locks:
            occupied.say_where(lock, f"{portal}/")
        children = processes.Processes(environment, self._say, locks)
        children.start("simulator", [sys.executable, "-m", "wechat_admin.simulator", str(urlsplit(simulator).port)])
        children.wait_until("simulator", lambda: processes.answers(f"{simulator}/account.json"))
        children.once("migrate", "--verbosity", "0")
        children.once("createcachetable")
        children.once("collectstatic", "--noinput", "--verbosity", "0")
        children.once("demo_school", *(["--fresh"] if fresh else []))
        self._start_portal(children, portal)
        self._write_json(portal, simulator)
        self._banner(portal, simulator)
        children.watch()

    def _say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

    def _occupy(self):
        try:
            return [occupied.occupy(settings.VAR_DIR / "running"), *occupied.occupy_database()]
        except occupied.Occupied as there:
            raise CommandError(str(there)) from None

    def _forget(self):
        """Asked where somebody sits there; a script that says --fresh means it."""
        forgotten = demo_data.in_words()
        if forgotten and sys.stdin.isatty() and input(f"Forget {forgotten}? Type yes: ").strip().lower() != "yes":
            raise CommandError("Nothing was touched.")
        demo_data.forget()

    def _addresses(self):
        """Where portal and simulator listen, as the children's environment."""
        port = processes.free_port(int(os.environ.get("PORT", DEFAULT_PORT)), "the portal", self._say)
        wanted = int(os.environ.get("SIMULATOR_PORT", DEFAULT_SIMULATOR_PORT))
        simulator_port = processes.free_port(wanted, "the simulator", self._say, but=[port])
        # By its name where that is allowed: there is no passkey for a number.
        host = "localhost" if validate_host("localhost", settings.ALLOWED_HOSTS) else "127.0.0.1"
        portal, simulator = f"http://{host}:{port}", f"http://127.0.0.1:{simulator_port}"
        own = {f"http://127.0.0.1:{wanted}", f"http://127.0.0.1:{DEFAULT_SIMULATOR_PORT}"}
        is_local = urlsplit(settings.PORTAL_URL).hostname in ("127.0.0.1", "localhost")
        return {
            "DEMO_PORTAL": portal,
            "DEMO_SIMULATOR": simulator,
            "PORTAL_URL": portal if is_local else settings.PORTAL_URL,
            # Another pretend WeCom is spoken to where somebody named one.
            "WECOM_API_BASE": simulator if settings.WECOM_API_BASE in own else settings.WECOM_API_BASE,
            "VAR_DIR": str(settings.VAR_DIR),
            # An invented school need not be backed up.
            "BACKUP_WITHIN_HOURS": "0",
            # The terminal is for the banner.
            "LOG_LEVEL": "WARNING",
        }

    def _start_portal(self, children, portal):
        children.start("web", processes.web(urlsplit(portal).port))
        children.start("worker", processes.worker())
        children.start("sweeper", processes.sweeper())
        children.wait_until("portal", lambda: processes.answers(f"{portal}/readyz"))

    def _write_json(self, portal, simulator):
        with urllib.request.urlopen(f"{simulator}/account.json", timeout=5) as response:
            account = json.load(response)
        facts = {
            "portal": portal,
            "simulator": simulator,
            "simulator_account": account,
            "sign_ins": json.loads((settings.VAR_DIR / "sign-ins.json").read_text()),
        }
        (settings.VAR_DIR / "demo.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False))

    def _banner(self, portal, simulator):
        sign_ins = json.loads((settings.VAR_DIR / "sign-ins.json").read_text())
        lines = [
            "",
            f"  {settings.SCHOOL_NAME}: an invented school, and a pretend WeCom.",
            "",
            f"  Portal       {portal}/",
            f"  Simulator    {simulator}/          phones, values to link with, control",
            f"  E-mail       {simulator}/mail/",
            f"  Staff        {portal}/WeChatRegistration/Step1",
            "",
            "  Sign in as         username           password",
            *(f"  {role:<18} {s['username']:<18} {s['password']}" for role, s in sign_ins.items()),
            "",
            "  Ctrl-C stops everything.",
            f"READY {portal}/",
        ]
        self._say("\n".join(lines))
