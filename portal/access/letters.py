"""Letters about a sign-in. Their links are made when they leave: no backup holds one, and each goes where the school
writes to today."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from portal.addresses import Site, absolute
from portal.mail.kinds import USER, Written, letter
from portal.people.models import Person, User
from portal.school.identity import office_contact, school_name

from .models import SignInEvent

WELCOME, FORGOTTEN, RESET = "access.welcome", "access.forgotten", "access.reset"
ADDRESS_CHANGED = "access.address_changed"
NEW_BROWSER = "access.new_browser"
FACTOR_ADDED, FACTOR_REMOVED, FACTOR_GUESSED = "access.factor_added", "access.factor_removed", "access.factor_guessed"
MOST_SIGN_INS = 5


@letter(WELCOME, _("Link to choose a password"), of=USER)
def welcome(row):
    user = User.objects.filter(pk=row.about, is_active=True).first()
    return _about_sign_ins([user], "access/email/welcome.txt") if user else None


@letter(RESET, _("Link to choose a new password, sent by the office"), of=USER)
def reset(row):
    """Somebody in the office has sent it."""
    user = User.objects.filter(pk=row.about, is_active=True).first()
    return _about_sign_ins([user], "access/email/reset.txt") if user else None


@letter(FACTOR_ADDED, _("A second factor was added"))
def factor_added(row):
    user = User.objects.filter(pk=row.about, is_active=True).first()
    return _about_sign_ins([user], "access/email/factor_added.txt") if user else None


@letter(FACTOR_REMOVED, _("A second factor was removed"))
def factor_removed(row):
    user = User.objects.filter(pk=row.about, is_active=True).first()
    return _about_sign_ins([user], "access/email/factor_removed.txt") if user else None


@letter(FACTOR_GUESSED, _("Somebody guesses a second factor"))
def factor_guessed(row):
    """Somebody knows their password, and has tried second factors until they had to wait."""
    user = User.objects.filter(pk=row.about, is_active=True).first()
    return _about_sign_ins([user], "access/email/factor_guessed.txt") if user else None


@letter(NEW_BROWSER, _("Signed in with a new browser"))
def new_browser(row):
    """`about` is what happened, not whose it was: two browsers are two letters."""
    event = SignInEvent.objects.filter(pk=row.about, user__is_active=True).select_related("user__person").first()
    if event is None:
        return None
    subject, body = _text(event.user, "access/email/new_browser.txt", event=event)
    return Written(address_of(event.user), subject, body)


@letter(FORGOTTEN, _("Forgotten password"))
def forgotten(row):
    """To whoever has the address that was typed: one letter, though they may have several sign-ins."""
    users = sign_ins_of(row.address)[:MOST_SIGN_INS]
    return _about_sign_ins(users, "access/email/forgotten.txt") if users else None


@letter(ADDRESS_CHANGED, _("Another address was written down"))
def address_changed(row):
    """To the address that counted when another one was written down."""
    user = User.objects.filter(pk=row.about, is_active=True).first()
    if user is None:
        return None
    subject, body = _text(user, "access/email/address_changed.txt")
    return Written(row.address, subject, body)


def sign_ins_of(email):
    """The active sign-ins that have this address, of people who are here."""
    return list(User.objects.of_address(email).filter(is_active=True).exclude(person__in=Person.objects.left()))


def site_of_user(user):
    person = getattr(user, "person", None)
    return Site.FAMILIES if person and not person.works_here else Site.STAFF


def sign_in_link(user):
    """Where this user chooses a password, once; it expires after PASSWORD_RESET_TIMEOUT."""
    token = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return absolute(site_of_user(user), reverse("choose-password", kwargs=token))


def _about_sign_ins(users, template):
    """In the language of each; the subject in the first one's."""
    texts = [_text(user, template) for user in users]
    return Written(address_of(users[0]), texts[0][0], "\n\n".join(body for _, body in texts))


def address_of(user):
    """Where letters about the sign-in go: as `User.objects.of_address` finds it."""
    person = getattr(user, "person", None)
    return user.email if person is None or user.holds_options else person.email


def _text(user, template, **more):
    person = getattr(user, "person", None)
    with translation.override(person.reads if person else settings.LANGUAGE_CODE):
        context = {
            "user": user,
            "link": sign_in_link(user),
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
            "school_name": school_name(),
            "school_contact": office_contact(),
            **more,
        }
        subject, _line, body = render_to_string(template, context).partition("\n")
    return subject.strip(), body.strip() + "\n"
