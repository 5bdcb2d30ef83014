"""A report shared with a colleague, who may then read it within their own rights, and nothing more."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from portal.access.models import Profile
from portal.audit.actions import record
from portal.notices.looking import look_soon
from portal.people.models import Person, User

from ..models import Message, Share
from ..notices import SHARED


def colleagues(message: Message) -> QuerySet[User]:
    """Those with whom its report can be shared: who may write messages, and whose it is not."""
    holders = User.objects.filter(is_active=True, groups__profile__in=Profile.objects.holding("messaging.write"))
    holders = holders.exclude(person__in=Person.objects.without_office()).exclude(pk=message.author_id)
    return holders.exclude(shared_reports__message=message).select_related("person").distinct()


def readers_and_colleagues(message: Message) -> tuple[list[User], list[User]]:
    """(with whom its report is shared, with whom it could be), in one question."""
    is_shared = Exists(message.shares.filter(user=OuterRef("pk")))
    either = Q(pk__in=message.shares.values("user")) | Q(pk__in=colleagues(message).values("pk"))
    users = User.objects.filter(either).annotate(is_reader=is_shared).select_related("person").order_by("pk")
    return [user for user in users if user.is_reader], [user for user in users if not user.is_reader]


@transaction.atomic
def share(*, message: Message, user: User, by: User) -> None:
    """Pressed twice it is shared once."""
    _share, is_new = Share.objects.get_or_create(message=message, user=user, defaults={"shared_by": by})
    if is_new:
        record(gettext_noop("shared a report"), by=by, subject=message, user=user)
        look_soon(SHARED)


@transaction.atomic
def end(*, message: Message, user_pk: int, by: User) -> None:
    taken = Share.objects.filter(message=message, user=user_pk).select_related("user").first()
    if taken is not None:
        taken.delete()
        record(gettext_noop("ended a share of a report"), by=by, subject=message, user=taken.user)
