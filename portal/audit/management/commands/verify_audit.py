import sys

from django.core.management.base import BaseCommand

from portal.audit.verifying import verify


class Command(BaseCommand):
    help = "Says whether the audit trail is as it was sealed; ends with 1 where it is not, and names the first block."

    def add_arguments(self, parser):
        parser.add_argument(
            "--head", default="", help="a hash written down elsewhere, which must stand among the blocks"
        )

    def handle(self, *, head, **options):
        found = verify(known_head=head)
        for sentence in found.wrong:
            self.stderr.write(sentence)
        if found.wrong:
            sys.exit(1)
        self.stdout.write(f"{found.blocks} blocks, {found.events} events: as they were sealed.")
        if found.head:
            self.stdout.write(f"Write down elsewhere: block {found.head.number}, {found.head.hash}")
