"""What of messaging means other people when the members of groups change."""

from django.utils.translation import gettext_lazy as _

from portal.access.models import Profile
from portal.people.group_uses import group_use
from portal.people.models import User

from .models import Message, SavedAudience


def _stands_on(rule, groups):
    clauses = [*rule.get("include", []), *rule.get("exclude", [])]
    return any(clause.get("group") in groups for clause in clauses)


@group_use(_("Saved audiences"))
def audiences(groups):
    every = SavedAudience.objects.select_related("owner__person")
    return [f"{one.name} ({one.owner})" for one in every if _stands_on(one.rule, groups)]


@group_use(_("Scheduled messages"))
def scheduled(groups):
    waiting = Message.objects.filter(status=Message.Status.SCHEDULED)
    return [message.summary for message in waiting if _stands_on(message.rule, groups)]


@group_use(_("Who may write to their own groups alone"))
def own_groups(groups):
    limiting = Profile.objects.holding("messaging.own_groups").filter(is_system_administrator=False)
    users = User.objects.filter(groups__profile__in=limiting, person__memberships__group__in=groups)
    return [str(user) for user in users.select_related("person").distinct()]
