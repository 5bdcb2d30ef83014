import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.alive import touch
from portal.health.beats import stopped
from portal.health.models import Beat
from portal.health.operator import look_at_the_database
from portal.periodic import Sweeper


class Command(BaseCommand):
    help = "Finds what is due and rings for it, every few seconds, until it is stopped. Any number may run."

    def handle(self, **options):
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        sweeper = Sweeper()
        while not stop.is_set():
            if sweeper.run_due():
                touch("sweeper")
            look_at_the_database()
            stop.wait(min(1, 5 / settings.SENDING_TIME_SCALE))
        stopped(Beat.Process.SWEEPER)
