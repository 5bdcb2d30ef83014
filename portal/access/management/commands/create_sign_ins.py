from django.core.management.base import BaseCommand

from portal.access import actions


class Command(BaseCommand):
    help = "Gives everybody who has an e-mail but no sign-in one; the worker mails them a link to choose a password."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say how many and change nothing")

    def handle(self, *, dry_run, **options):
        people = actions.people_without_sign_in()
        if dry_run:
            self.stdout.write(f"{people.count()} people would get a sign-in and an e-mail.")
            return
        made = 0
        for person in people.iterator():
            actions.create_sign_in(person=person)
            made += 1
        self.stdout.write(f"{made} people have a sign-in now. The worker mails each a link to choose a password.")
        self.stdout.write("Who finds none can press “Forgotten your password?” on the sign-in page.")
