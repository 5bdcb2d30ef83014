"""What leaving means for rights: profiles go for good, and the school is never left without a System Administrator."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.people.leaving import objection
from portal.people.models import Person, User
from portal.people.roles import has_no_end

from .backends import is_last_administrator
from .models import Profile


def take_profiles_away():
    """Of those who hold no office any more: whoever comes back is given anew what they need then."""
    holders = User.objects.filter(groups__profile__isnull=False, person__in=Person.objects.without_office())
    for user in holders.distinct():
        if not is_last_administrator(user):
            _take_away(user)


@transaction.atomic
def _take_away(user):
    for group in Group.objects.filter(user=user, profile__isnull=False).select_related("profile"):
        user.groups.remove(group)
        act = gettext_noop("took a profile away from somebody who stopped working here")
        record(act, by=None, subject=user, profile=group.profile)


@objection
def last_system_administrator(people):
    """{id of a person: why they cannot leave}: somebody must stay who has no last day."""
    profile = Profile.objects.select_for_update().get(is_system_administrator=True)
    holders = profile.holders.filter(is_active=True)
    ending = Person.objects.exclude(has_no_end())
    if holders.exclude(person__in=people).exclude(person__in=ending).exists():
        return {}
    sentence = _("The school needs at least one System Administrator who stays. Add another one first.")
    return dict.fromkeys(holders.filter(person__in=people).values_list("person", flat=True), sentence)
