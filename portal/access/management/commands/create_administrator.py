from django.core.management.base import BaseCommand, CommandError

from portal.access import actions
from portal.people.models import User


class Command(BaseCommand):
    help = "Makes a System Administrator, who holds every menu option, and mails a link to choose a password."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("email")

    def handle(self, *, username, email, **options):
        if User.objects.named(username).exists():
            raise CommandError(f"There is a sign-in “{username}” already.")
        user = actions.create_administrator(username=username, email=email)
        actions.send_sign_in_link(user=user, email=email, template="access/email/welcome.txt")
        self.stdout.write(f"{username} is a System Administrator. The link to choose a password went to {email}.")
