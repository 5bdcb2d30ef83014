"""What an administrator does with somebody's sign-in, and everybody with their own sessions."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.mail.actions import post
from portal.people.models import Person, User
from portal.people.models.person import PersonQuerySet

from . import sessions
from .actions import AccessRefused, create_sign_in, is_system_administrator
from .letters import RESET, address_of
from .models import Profile, options_given


def check_may_decide(*, user: User, by: User) -> None:
    """Nobody decides about the sign-in of somebody who may do more than they. Raises AccessRefused."""
    if user == by:
        raise AccessRefused(_("This is your own sign-in. Somebody else must do this."))
    if is_system_administrator(user) and not is_system_administrator(by):
        raise AccessRefused(_("Only a System Administrator decides about the sign-in of another one."))
    if options_given(user) - by.get_all_permissions():
        raise AccessRefused(_("They hold menu options that you do not hold. A System Administrator must do this."))


def make_sign_ins(*, people: PersonQuerySet, by: User) -> int:
    """For those of the people who have none, each with the letter to choose a password. Returns how many."""
    made = 0
    for pk in people.filter(user=None).exclude(email="").order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            # Pressed twice at once, the second finds what the first has made.
            person = Person.objects.select_for_update(of=["self"]).get(pk=pk)
            if person.user_id is None:
                create_sign_in(person=person, by=by)
                made += 1
    return made


@transaction.atomic
def lock(*, user: User, by: User) -> None:
    """Nobody signs in with it until it is unlocked, and whoever is signed in is so no more from their next page."""
    # The profile's row is the lock: of two administrators who lock each other, the second is refused.
    profile = Profile.objects.select_for_update().get(is_system_administrator=True)
    check_may_decide(user=user, by=by)
    in_office = profile.holders.filter(is_active=True).exclude(person__in=Person.objects.without_office())
    others = in_office.exclude(pk=user.pk)
    if is_system_administrator(user) and not others.exists():
        raise AccessRefused(_("The school needs at least one System Administrator. Add another one first."))
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        sessions.end(sessions.open_sessions(user))
        record(gettext_noop("locked a sign-in"), by=by, subject=user)


@transaction.atomic
def unlock(*, user: User, by: User) -> None:
    check_may_decide(user=user, by=by)
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        record(gettext_noop("unlocked a sign-in"), by=by, subject=user)


def reset_by_email(*, user: User, by: User) -> None:
    """A link to choose a new password, to the address of their sign-in; until then the old one holds."""
    check_may_decide(user=user, by=by)
    if not address_of(user):
        raise AccessRefused(_no_address(user))
    if not user.is_active:
        raise AccessRefused(_("The sign-in is locked. Unlock it first."))
    post(kind=RESET, about=user.pk)
    record(gettext_noop("sent a link for a new password"), by=by, subject=user)


def _no_address(user: User) -> str:
    if hasattr(user, "person"):
        return _("There is no e-mail address on record. Hand them a code instead.")
    return _(
        "This sign-in has no e-mail address. Whoever runs the server prints a link: create_administrator --print-link."
    )


@transaction.atomic
def forget_password(*, user: User, by: User) -> None:
    """Their password opens nothing any more, so that a code may take its place. Holders of menu options have none."""
    check_may_decide(user=user, by=by)
    if user.holds_options:
        raise AccessRefused(_("Whoever holds menu options gets no code. Send a link by e-mail."))
    if not user.is_active:
        raise AccessRefused(_("The sign-in is locked. Unlock it first."))
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions.end(sessions.open_sessions(user))
    record(gettext_noop("took a password away"), by=by, subject=user)


@transaction.atomic
def end_sessions(*, user: User, by: User, only: int | None = None, keep: str | None = None) -> int:
    """One of their sessions, by its id, or all but that with the key `keep`. Returns how many."""
    if user != by:
        check_may_decide(user=user, by=by)
    found = sessions.open_sessions(user).exclude(session_id=keep)
    number = sessions.end(found if only is None else found.filter(pk=only))
    if number:
        record(gettext_noop("ended sessions"), by=by, subject=user, sessions=number)
    return number
