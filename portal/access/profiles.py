"""What becomes of profiles: whom a change concerns, copies, names, the end."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import menu
from portal.audit.actions import record
from portal.audit.revisions import next_revision
from portal.people.models import User
from portal.people.typed import of_the_same_name

from .actions import AccessRefused, check_gives, check_gives_no_wider, check_is_not_ones_own, create_profile
from .models import Profile


@dataclass
class Effect:
    """What saving means for one menu option of a profile."""

    option: menu.Option
    is_given: bool
    concerned: list = field(default_factory=list)  # holders who gain or lose it
    unchanged: list = field(default_factory=list)  # holders to whom another profile gives it anyway


def effects(profile: Profile, options: Collection[str]) -> list[Effect]:
    """[Effect] of giving the profile exactly `options` (permission names), in the order of the menu; two queries."""
    before = {option.permission for option in profile.options}
    changed = before ^ set(options)
    found = [Effect(option, option.permission in options) for option in menu.options() if option.permission in changed]
    for holder in profile.holders.prefetch_related("groups__permissions__content_type"):
        elsewhere = {
            f"{permission.content_type.app_label}.{permission.codename}"
            for group in holder.groups.all()
            if group.pk != profile.group_id
            for permission in group.permissions.all()
        }
        for effect in found:
            same = effect.option.permission in elsewhere
            (effect.unchanged if same else effect.concerned).append(holder)
    return found


def check_name(name: str, *, of: Profile | None = None) -> None:
    """Raises AccessRefused where another profile than `of` has it."""
    if of_the_same_name(Group.objects.exclude(profile=of), name):
        raise AccessRefused(Profile.NAME_TAKEN)


@transaction.atomic
def copy(*, profile: Profile, by: User) -> Profile:
    """A profile with the same options and no holders. Raises AccessRefused, also where the copy is there already."""
    options = [option.permission for option in profile.options]
    check_gives(options=options, by=by)
    check_gives_no_wider(options=options, by=by)
    name = _("Copy of %(name)s") % {"name": profile}
    check_name(name)
    made = create_profile(name=name[: Group._meta.get_field("name").max_length], by=by)
    made.set_options(options)
    record(gettext_noop("copied a profile"), by=by, subject=made, of=profile, options=sorted(options))
    return made


@transaction.atomic
def rename(*, profile: Profile, name: str, seen: int, by: User) -> None:
    """Raises AccessRefused and SavedMeanwhile."""
    if profile.is_system_administrator:
        raise AccessRefused(_("The System Administrator keeps its name."))
    check_name(name, of=profile)
    next_revision(profile.subject, seen=seen, by=by)
    before, profile.group.name = profile.group.name, name
    profile.group.save(update_fields=["name"])
    record(gettext_noop("renamed a profile"), by=by, subject=profile, before=before, after=name)


@transaction.atomic
def delete(*, profile: Profile, shown: Collection[int], by: User) -> None:
    """Its holders lose what no other profile gives them. `shown` are the keys of the holders the page named."""
    profile = Profile.objects.select_for_update(of=["self"]).select_related("group").get(pk=profile.pk)
    if profile.is_system_administrator:
        raise AccessRefused(_("The school needs its System Administrator."))
    check_is_not_ones_own(profile, by=by)
    holders = list(profile.holders)
    if sorted(holder.pk for holder in holders) != sorted(shown):
        raise AccessRefused(_("Its holders have changed since this page was shown. Look again."))
    record(
        gettext_noop("deleted a profile"),
        by=by,
        subject=profile,
        options=sorted(option.permission for option in profile.options),
        holders=holders,
    )
    profile.group.delete()


@transaction.atomic
def ask_for_factor(*, profile: Profile, needed: bool, by: User) -> None:
    """Whether its holders need a second factor. Raises AccessRefused."""
    if profile.is_system_administrator:
        raise AccessRefused(_("From which day on System Administrators need one stands in the settings of the school."))
    check_is_not_ones_own(profile, by=by)
    if Profile.objects.filter(pk=profile.pk).exclude(needs_factor=needed).update(needs_factor=needed):
        record(gettext_noop("changed whether a profile needs a second factor"), by=by, subject=profile, needed=needed)
