from django.core.management.base import BaseCommand, CommandError

from portal.access.actions import AccessRefused
from portal.access.factors.actions import remove_factors
from portal.people.models import User


class Command(BaseCommand):
    help = "Removes the second factors of somebody who has lost them, where no other System Administrator can."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = User.objects.named(username).first()
        if user is None:
            raise CommandError(f"There is no sign-in “{username}”.")
        try:
            remove_factors(user=user, by=None)
        except AccessRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{user.username} signs in with the password alone. They are told by e-mail.")
