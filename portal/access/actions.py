from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import menu
from portal.audit.actions import record
from portal.audit.revisions import next_revision
from portal.mail.actions import post, post_to_many
from portal.people.models import Person, User
from portal.people.typed import key

from .letters import FORGOTTEN, WELCOME
from .models import Profile, may_be_impersonated


class AccessRefused(Exception):
    """Its text is a sentence the person can act on."""


@transaction.atomic
def create_profile(*, name, by):
    group, is_new = Group.objects.get_or_create(name=name)
    if not is_new:  # the form has looked; somebody was quicker, perhaps the same press twice
        raise AccessRefused(Profile.NAME_TAKEN)
    profile = Profile.objects.create(group=group)
    record(gettext_noop("created an administrator profile"), by=by, subject=name)
    return profile


def _check_gives(*, options, by):
    """Nobody gives what they do not hold. Raises AccessRefused."""
    missing = [
        str(option.label)
        for option in menu.options()
        if option.permission in options and not by.has_perm(option.permission)
    ]
    if missing:
        raise AccessRefused(
            _("You cannot give what you have not been given yourself: %(options)s.") % {"options": ", ".join(missing)}
        )


def _check_is_not_ones_own(profile, *, by):
    """What limits somebody is an option too: taken off one's own profile, it would give. Raises AccessRefused."""
    if profile.holders.filter(pk=by.pk).exists() and not _is_system_administrator(by):
        raise AccessRefused(_("You hold this profile yourself, so somebody else must change it."))


def _is_system_administrator(user):
    return Profile.objects.system_administrator().holders.filter(pk=user.pk).exists()


@transaction.atomic
def set_options(*, profile, options, seen, by):
    """`options` are permission names. The System Administrator's are not for anybody to change. Raises SavedMeanwhile."""
    if profile.is_system_administrator:
        raise AccessRefused(_("The System Administrator holds every option."))
    before = {option.permission for option in profile.options}
    if by is not None:
        _check_is_not_ones_own(profile, by=by)
        _check_gives(options=set(options) - before, by=by)
    next_revision(profile.subject, seen=seen, by=by)
    profile.set_options(options)
    given, taken = sorted(set(options) - before), sorted(before - set(options))
    record(gettext_noop("changed the options of a profile"), by=by, subject=profile, given=given, taken=taken)


@transaction.atomic
def add_holder(*, profile, user, by):
    """Raises AccessRefused."""
    if by is not None:
        _check_gives(options={option.permission for option in profile.options}, by=by)
        if user == by and not _is_system_administrator(by):
            raise AccessRefused(_("Somebody else must give you a profile."))
    user.groups.add(profile.group)
    record(gettext_noop("gave a profile"), by=by, subject=profile, to=str(user))


@transaction.atomic
def remove_holder(*, profile, user, by):
    # The profile's row is the lock: of two administrators who remove each other, the second is refused.
    Profile.objects.select_for_update().get(pk=profile.pk)
    if profile.is_system_administrator and by is not None and not _is_system_administrator(by):
        raise AccessRefused(_("Only a System Administrator can take this profile away."))
    others = profile.holders.filter(is_active=True).exclude(pk=user.pk).exclude(person__in=Person.objects.left())
    if profile.is_system_administrator and not others.exists():
        raise AccessRefused(_("The school needs at least one System Administrator. Add another one first."))
    user.groups.remove(profile.group)
    record(gettext_noop("took a profile away"), by=by, subject=profile, of=str(user))


def check_impersonation(*, user):
    """Raises AccessRefused where this user may not be viewed as."""
    if not may_be_impersonated(user):
        raise AccessRefused(_("Only people who can sign in and hold no administrative option can be viewed as."))


def record_impersonation(act, *, user, by):
    record(act, by=by, subject=user, on_behalf_of=user)


def record_own_act(act, *, user):
    """What somebody did with their own sign-in."""
    record(act, by=user, subject=user)


def record_wrong_password(*, user):
    """`user` is whose sign-in was meant, or None. What was typed as a name is not kept: it may be a password."""
    if user:
        record(gettext_noop("was given a wrong password for"), by=None, subject=user)
    else:
        record(gettext_noop("was given a name that nobody has"), by=None)


def create_sign_in(*, person):
    """A user for a person who has none, named by their e-mail, or by their reference where it is taken; and their letter."""
    names = filter(None, [person.email, person.reference, f"{person.reference}-{person.pk}"])
    username = next(key(name) for name in names if not User.objects.named(name).exists())
    with transaction.atomic():
        user = User.objects.create_user(username, person.email)
        person.user = user
        person.save(update_fields=["user"])
        post_to_many(kinds=[(WELCOME, user.pk)])
        record(gettext_noop("created a sign-in"), by=None, subject=person.reference)
    return user


def people_without_sign_in():
    return Person.objects.not_left().filter(user=None).exclude(email="")


def ask_for_new_password(*, email):
    """Whoever has this address is written to, once in a quarter of an hour. Whether somebody has it is not asked here:
    the answer, and the time it takes, are the same for everybody."""
    post(kind=FORGOTTEN, address=key(email), not_within=timedelta(minutes=15))


@transaction.atomic
def create_administrator(*, username, email):
    """A System Administrator who is nobody's parent or teacher. The same again is the same one: it finds the user."""
    system_administrator = Profile.objects.system_administrator()
    user = User.objects.named(username).first()
    if user is None:
        user = User.objects.create_user(username, email)
        user.groups.add(system_administrator.group)
        record(gettext_noop("created a System Administrator"), by=None, subject=user)
    elif key(user.email) != key(email) or not user.groups.filter(profile=system_administrator).exists():
        raise AccessRefused(_("There is a sign-in “%(name)s” already, and it is somebody else's.") % {"name": username})
    return user


def send_welcome(*, user):
    post(kind=WELCOME, about=user.pk)
