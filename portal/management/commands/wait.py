from django.core.management.base import BaseCommand

from portal import database, processes


class Command(BaseCommand):
    help = "Waits until the database answers, and says so: before `migrate`, where nothing else waits for it."

    def handle(self, **options):
        processes.wait_for(database.answers, "Waiting for the database …", self.stdout.write)
