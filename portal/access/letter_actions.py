"""The letters by which people come to their first password, sent again to those who never chose one."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.mail.actions import post_to_many
from portal.mail.models import Letter, MailServer
from portal.people.models import Person, User

from .letters import WELCOME


def never_chose_a_password() -> QuerySet[User]:
    """Users in use who have an address and no password yet, and whose last link has run out or never left."""
    # The link is made when its letter leaves.
    still_good = Q(state__in=Letter.AT_WORK) | Q(
        posted_at__gt=Now() - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    )
    letters = Letter.objects.filter(still_good, kind=WELCOME, about=OuterRef("pk")).went_out()
    waiting = User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    waiting = waiting.exclude(person__in=Person.objects.left()).exclude(person__email="", email="")
    return waiting.exclude(Exists(letters))


@transaction.atomic
def welcome_again(*, by: User) -> int:
    """Another link to everybody who never chose a password. Returns how many."""
    MailServer.objects.locked()  # of two presses at once the second finds the first one's letters
    users = list(never_chose_a_password().values_list("pk", flat=True))
    post_to_many(kinds=[(WELCOME, user) for user in users])
    record(gettext_noop("sent links to choose a password again"), by=by, people=len(users))
    return len(users)
