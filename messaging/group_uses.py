"""What of messaging means other people when the members of groups change."""

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from portal.access.models import Profile
from portal.people.group_uses import group_use, names_groups
from portal.people.models import User

from .models import Message, SavedAudience


def _named_by(rule):
    """Ids of the groups that a rule names, or an audience does that was written into it when Send was pressed."""
    for clause in [*rule.get("include", []), *rule.get("exclude", [])]:
        if "group" in clause:
            yield clause["group"]
        yield from _named_by(clause.get("rule", {}))


def _stands_on(rule, groups):
    return any(group in groups for group in _named_by(rule))


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


@names_groups
def named_in_rules(groups):
    """By an audience, a draft or a message of any age: its report says whom it was for."""
    kept_in = [(SavedAudience, "rule"), (Message, "audience"), (Message, "sent_rule")]
    rules = (
        rule
        for model, column in kept_in
        for rule in model._base_manager.alias(written=Cast(column, TextField()))
        .filter(written__contains='"group"')
        .values_list(column, flat=True)
        .iterator(chunk_size=100)
    )
    return {group for rule in rules for group in _named_by(rule)}.intersection(groups)
