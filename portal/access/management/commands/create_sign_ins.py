from django.core.management.base import BaseCommand

from portal.access import actions


class Command(BaseCommand):
    help = "Gives everybody who has an e-mail but no sign-in one, and mails them a link to choose a password."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say how many and change nothing")

    def handle(self, *, dry_run, **options):
        people = actions.people_without_sign_in()
        if dry_run:
            self.stdout.write(f"{people.count()} people would get a sign-in and an e-mail.")
            return
        made = failed = 0
        for person in people.iterator():
            user = actions.create_sign_in(person=person)
            try:
                actions.send_sign_in_link(user=user, email=person.email, template="access/email/welcome.txt")
                made += 1
            except OSError:
                failed += 1
                self.stderr.write(f"{person.reference}: the sign-in is made, but the e-mail could not be sent.")
        self.stdout.write(f"{made} people have a sign-in now and were sent a link. {failed} e-mails failed.")
        if failed:
            self.stdout.write("Those people can press “Forgotten your password?” on the sign-in page.")
