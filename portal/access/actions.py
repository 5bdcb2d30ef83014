from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import menu
from portal.audit.actions import record
from portal.audit.revisions import is_as_shown, next_revision
from portal.mail.actions import post, post_to_many
from portal.people.models import Person, User
from portal.people.models.person import PersonQuerySet
from portal.people.typed import key
from portal.seals import CHANGED

from . import sessions
from .letters import FACTOR_GUESSED, FORGOTTEN, NEW_BROWSER, RESET, WELCOME
from .models import Profile, SignInEvent


class AccessRefused(Exception):
    """Its text is a sentence the person can act on."""


@transaction.atomic
def create_profile(*, name: str, by: User) -> Profile:
    group, is_new = Group.objects.get_or_create(name=name)
    if not is_new:  # the form has looked; somebody was quicker, perhaps the same press twice
        raise AccessRefused(Profile.NAME_TAKEN)
    profile = Profile.objects.create(group=group)
    record(gettext_noop("created an administrator profile"), by=by, subject=profile, after=name)
    return profile


def check_gives(*, options: Collection[str], by: User) -> None:
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


def check_gives_no_wider(*, options: Collection[str], by: User, before: Collection[str] = ()) -> None:
    """Nobody gives without its limit what they hold with it; `options` are all of a profile's. Raises AccessRefused."""
    wider = [
        str(option.label)
        for option in menu.options()
        if option.is_without_limit(options)
        and not option.is_without_limit(before)
        and Profile.objects.is_limited(by, option.limits, option.permission)
    ]
    if wider:
        raise AccessRefused(
            _("You hold these options with a limit, so you cannot give them without it: %(options)s.")
            % {"options": ", ".join(wider)}
        )


def check_is_not_ones_own(profile: Profile, *, by: User) -> None:
    """What limits somebody is an option too: taken off one's own profile, it would give. Raises AccessRefused."""
    if profile.holders.filter(pk=by.pk).exists() and not is_system_administrator(by):
        raise AccessRefused(_("You hold this profile yourself, so somebody else must change it."))


def is_system_administrator(user: User) -> bool:
    return Profile.objects.system_administrator().holders.filter(pk=user.pk).exists()


def check_may_set(*, profile: Profile, options: Collection[str], by: User | None) -> None:
    """Raises AccessRefused where `by` may not give the profile exactly these options."""
    if profile.is_system_administrator:
        raise AccessRefused(_("The System Administrator holds every option."))
    if by is not None:
        check_is_not_ones_own(profile, by=by)
        before = {option.permission for option in profile.options}
        check_gives(options=set(options) - before, by=by)
        check_gives_no_wider(options=options, by=by, before=before)


@transaction.atomic
def set_options(*, profile: Profile, options: Collection[str], seen: int, by: User | None) -> None:
    """`options` are permission names. The System Administrator's are not for anybody to change. Raises SavedMeanwhile."""
    check_may_set(profile=profile, options=options, by=by)
    before = {option.permission for option in profile.options}
    next_revision(profile.subject, seen=seen, by=by)
    if options:
        _begin_to_hold(profile.holders)
    profile.set_options(options)
    given, taken = sorted(set(options) - before), sorted(before - set(options))
    record(gettext_noop("changed the options of a profile"), by=by, subject=profile, given=given, taken=taken)


@transaction.atomic
def add_holder(*, profile: Profile, user: User, by: User | None, shown: int | None = None) -> None:
    """Raises AccessRefused, also where the profile gives something else than the page of this revision showed."""
    if shown is not None and not is_as_shown(profile.subject, shown):
        raise AccessRefused(str(CHANGED))
    options = {option.permission for option in profile.options}
    if by is not None:
        check_gives(options=options, by=by)
        check_gives_no_wider(options=options, by=by)
        if user == by and not is_system_administrator(by):
            raise AccessRefused(_("Somebody else must give you a profile."))
    if options:
        _begin_to_hold(User.objects.filter(pk=user.pk))
    user.groups.add(profile.group)
    record(gettext_noop("gave a profile"), by=by, subject=user, profile=profile)


def _begin_to_hold(users: QuerySet[User]) -> None:
    """Those of the users who hold no option yet: their address of today stays that of their sign-in, whatever is edited
    later, and what opened it until now opens it no more. Until today their password could be chosen by whoever read the
    letters to an address that somebody had written down for a moment."""
    newly = users.exclude(pk__in=User.objects.holding_options()).filter(person__isnull=False)
    for user in newly.select_related("person"):
        user.email = user.person.email
        had_password = user.has_usable_password()
        user.set_unusable_password()
        user.save(update_fields=["email", "password"])
        sessions.end(sessions.open_sessions(user))
        if had_password:
            record(gettext_noop("ended a password, as menu options were given"), by=None, subject=user)
        if user.email:
            post(kind=RESET, about=user.pk)


@transaction.atomic
def remove_holder(*, profile: Profile, user: User, by: User | None) -> None:
    # The profile's row is the lock: of two administrators who remove each other, the second is refused.
    Profile.objects.select_for_update().get(pk=profile.pk)
    if profile.is_system_administrator and by is not None and not is_system_administrator(by):
        raise AccessRefused(_("Only a System Administrator can take this profile away."))
    others = (
        profile.holders.filter(is_active=True).exclude(pk=user.pk).exclude(person__in=Person.objects.without_office())
    )
    if profile.is_system_administrator and not others.exists():
        raise AccessRefused(_("The school needs at least one System Administrator. Add another one first."))
    user.groups.remove(profile.group)
    record(gettext_noop("took a profile away"), by=by, subject=user, profile=profile)


def record_own_act(act: str, *, user: User) -> None:
    """What somebody did with their own sign-in."""
    record(act, by=user, subject=user)


def record_wrong_password(*, user: User | None) -> None:
    """`user` is whose sign-in was meant, or None. What was typed as a name is not kept: it may be a password."""
    if user:
        record(gettext_noop("was given a wrong password for"), by=None, subject=user)
    else:
        record(gettext_noop("was given a name that nobody has"), by=None)


def record_wrong_factor(*, user: User) -> None:
    """The password was right."""
    record(gettext_noop("was given a wrong second factor for"), by=None, subject=user)


def tell_of_guesses(*, user: User) -> None:
    """Somebody knows their password and has tried so many second factors that they must wait."""
    post(kind=FACTOR_GUESSED, about=user.pk, not_within=timedelta(days=1))


def tell_of_browser(*, event: SignInEvent) -> None:
    """Their password, and their second factor where they have one, were given in a browser not known before."""
    post(kind=NEW_BROWSER, about=event.pk)


@transaction.atomic
def create_sign_in(*, person: Person, by: User | None = None) -> User:
    """A user for a person who has none, named by their reference; and their letter, where they have an e-mail."""
    user = _make_user(person)
    if person.email:
        post_to_many(kinds=[(WELCOME, user.pk)])
    record(gettext_noop("created a sign-in"), by=by, subject=person)
    return user


def _make_user(person: Person) -> User:
    names = [person.reference, f"{person.reference}-{person.pk}"]
    username = next(key(name) for name in names if not User.objects.named(name).exists())
    person.user = User.objects.create_user(username, person.email)
    person.save(update_fields=["user"])
    return person.user


@transaction.atomic
def sign_in_of(person: Person) -> User:
    """The user of somebody who comes in without a password; made where there is none, without a letter."""
    # Their user is asked for after waiting: joined, it would be nobody still, whoever was made meanwhile.
    person = Person.objects.select_for_update(of=["self"]).get(pk=person.pk)
    return person.user or _make_user(person)


def people_without_sign_in() -> PersonQuerySet:
    return Person.objects.not_left().filter(user=None).exclude(email="")


def ask_for_new_password(*, email: str) -> None:
    """Whoever has this address is written to, once in a quarter of an hour. Whether somebody has it is not asked here:
    the answer, and the time it takes, are the same for everybody."""
    post(kind=FORGOTTEN, address=key(email), not_within=timedelta(minutes=15))


@transaction.atomic
def create_administrator(*, username: str, email: str) -> User:
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


def send_welcome(*, user: User) -> None:
    post(kind=WELCOME, about=user.pk)
