from django.core.management.base import BaseCommand, CommandError

from portal.access import actions
from portal.access.letters import sign_in_link


class Command(BaseCommand):
    help = "Makes a System Administrator, who holds every menu option. A second call is the same as the first."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("email")
        parser.add_argument(
            "--print-link", action="store_true", help="print the link to choose a password instead of mailing it"
        )

    def handle(self, *, username, email, print_link, **options):
        try:
            user = actions.create_administrator(username=username, email=email)
        except actions.AccessRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{user.username} is a System Administrator.")
        if print_link:
            self.stdout.write(f"Choose a password here, once and within three days:\n{sign_in_link(user)}")
        else:
            actions.send_welcome(user=user)
            self.stdout.write(f"The worker mails the link to choose a password to {user.email}. No mail server yet?")
            self.stdout.write("The same command with --print-link prints it.")
