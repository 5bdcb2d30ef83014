from django.core.management.base import BaseCommand

from portal.ledger import mark


class Command(BaseCommand):
    help = (
        "Holds everything that would be sent until an administrator has released it. Run it after restoring a backup."
    )

    def handle(self, **options):
        mark.hold()
        self.stdout.write("Nothing is sent until an administrator has released it on the staff site.")
