from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.people.models import Person, User
from wechat_admin.models import EnterpriseAccount

from ..at_wecom import WORK
from ..models import Registration
from ..steps.actions import withdraw

AT_ONCE = 500


def end_registrations_of_leavers() -> None:
    """Whoever has left is registered no more: coming back is registering and consenting anew."""
    open_ones = Registration.objects.open().filter(person__in=Person.objects.left()).select_related("person")
    for registration in open_ones.order_by("pk")[:AT_ONCE]:
        withdraw(registration=registration, by=None)


@transaction.atomic
def remove_members(*, account: EnterpriseAccount, shown: Iterable[int], by: User) -> int:
    """Have the members of these registrations, and of no other, removed at WeCom; a worker does it.

    Returns how many. Those that WeCom refused before are tried again.
    """
    asked = list(Registration.objects.to_remove(account).filter(pk__in=shown).values_list("pk", flat=True))
    number = Registration.objects.filter(pk__in=asked).update(
        removal_asked_at=Now(), removal_code=None, removal_doubt=""
    )
    if number:
        record(gettext_noop("had members removed at WeCom"), by=by, members=number)
        ring(WORK)
    return number
