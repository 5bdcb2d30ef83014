"""The address of a sign-in that holds menu options: whoever edits people must not become an administrator by it.

A new address on the person's record counts for such a sign-in only once its holder says so from a session, or a System
Administrator does. The address that counts until then is told, whoever wrote the new one: the desk, a file, a proposal.
"""

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.mail.actions import post
from portal.people.models import User
from portal.people.typed import key

from .actions import AccessRefused, is_system_administrator
from .letters import ADDRESS_CHANGED
from .models import AddressTold


def waiting() -> QuerySet[User]:
    """Sign-ins of holders for which another address stands on record, that nobody has said counts."""
    holders = User.objects.holding_options().filter(is_active=True).exclude(person=None).exclude(person__email="")
    return holders.exclude(person__email__iexact=F("email")).select_related("person")


def new_address_of(user: User) -> str:
    """The address on record that does not count yet; "" where there is none."""
    person = getattr(user, "person", None)
    if person is None or not person.email or key(person.email) == key(user.email) or not user.holds_options:
        return ""
    return person.email


def tell_old_addresses() -> None:
    for user in waiting().exclude(address_told__new=F("person__email")).exclude(email=""):
        _tell(user)


@transaction.atomic
def _tell(user: User) -> None:
    """Once of each new address."""
    told, _is_new = AddressTold.objects.select_for_update().get_or_create(user=user, defaults={"new": ""})
    if told.new != user.person.email:
        AddressTold.objects.filter(pk=told.pk).update(new=user.person.email)
        if user.email:
            post(kind=ADDRESS_CHANGED, about=user.pk, address=user.email)


@transaction.atomic
def take_new_address(*, user: User, shown: str, by: User) -> None:
    """The address on record counts for signing in from now on. `shown` is the one that was read before it was said.

    Raises AccessRefused where somebody else says so who is no System Administrator, or another one stands there now.
    """
    if by != user and not is_system_administrator(by):
        raise AccessRefused(_("Only they themselves or a System Administrator can say that this address counts."))
    user = User.objects.select_for_update(of=("self",)).select_related("person").get(pk=user.pk)
    new = new_address_of(user)
    if not new or key(new) != key(shown):
        raise AccessRefused(_("Another address stands on record now. Look at it first."))
    _tell(user)
    User.objects.filter(pk=user.pk).update(email=new)
    record(gettext_noop("had a new address count for signing in"), by=by, subject=user)
