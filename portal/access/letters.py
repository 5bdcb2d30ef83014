"""Letters about a sign-in. Their links are made when they leave: no backup holds one, and each goes where the school
writes to today."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.addresses import Site, absolute
from portal.mail.kinds import Written, letter
from portal.people.models import Person, User
from portal.school.table import value

WELCOME, FORGOTTEN = "access.welcome", "access.forgotten"
MOST_SIGN_INS = 5


@letter(WELCOME)
def welcome(row):
    user = User.objects.filter(pk=row.about, is_active=True).first()
    return _about_sign_ins([user], "access/email/welcome.txt") if user else None


@letter(FORGOTTEN)
def forgotten(row):
    """To whoever has the address that was typed: one letter, though they may have several sign-ins."""
    users = sign_ins_of(row.address)[:MOST_SIGN_INS]
    return _about_sign_ins(users, "access/email/forgotten.txt") if users else None


def sign_ins_of(email):
    """The active sign-ins of whom the school writes to at this address: a person's own, not the one it replaced."""
    people = Person.objects.not_left().filter(email__iexact=email)
    own = User.objects.filter(person__in=people) | User.objects.filter(person=None, email__iexact=email)
    return list(own.filter(is_active=True).order_by("pk"))


def site_of_user(user):
    person = getattr(user, "person", None)
    return Site.FAMILIES if person and not person.is_staff_member else Site.STAFF


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
    person = getattr(user, "person", None)
    return person.email if person else user.email


def _text(user, template):
    person = getattr(user, "person", None)
    with translation.override(person.reads if person else settings.LANGUAGE_CODE):
        context = {
            "user": user,
            "link": sign_in_link(user),
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
            "school_name": settings.SCHOOL_NAME,
            "school_contact": value("office_contact"),
        }
        subject, _line, body = render_to_string(template, context).partition("\n")
    return subject.strip(), body.strip() + "\n"
