from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.addresses import Site, absolute
from portal.audit.actions import record
from portal.audit.revisions import next_revision
from portal.people.models import Person, User
from portal.people.typed import key
from portal.school.table import value

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


@transaction.atomic
def set_options(*, profile, options, seen, by):
    """`options` are permission names. The System Administrator's are not for anybody to change. Raises SavedMeanwhile."""
    if profile.is_system_administrator:
        raise AccessRefused(_("The System Administrator holds every option."))
    next_revision(profile.subject, seen=seen, by=by)
    profile.set_options(options)
    record(gettext_noop("changed the options of a profile"), by=by, subject=profile, options=sorted(options))


@transaction.atomic
def add_holder(*, profile, user, by):
    user.groups.add(profile.group)
    record(gettext_noop("gave a profile"), by=by, subject=profile, to=str(user))


@transaction.atomic
def remove_holder(*, profile, user, by):
    # The profile's row is the lock: of two administrators who remove each other, the second is refused.
    Profile.objects.select_for_update().get(pk=profile.pk)
    others = profile.holders.filter(is_active=True).exclude(pk=user.pk)
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


def site_of_user(user):
    person = getattr(user, "person", None)
    return Site.FAMILIES if person and not person.is_staff_member else Site.STAFF


def send_sign_in_link(*, user, email, template):
    """Mail a link with which this user chooses a password, in their language; it expires after PASSWORD_RESET_TIMEOUT."""
    person = getattr(user, "person", None)
    token = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    with translation.override(person.reads if person else settings.LANGUAGE_CODE):
        context = {
            "user": user,
            "link": absolute(site_of_user(user), reverse("choose-password", kwargs=token)),
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
            "school_name": settings.SCHOOL_NAME,
            "school_contact": value("office_contact"),
        }
        subject, _line, body = render_to_string(template, context).partition("\n")
        send_mail(subject.strip(), body.lstrip(), None, [email])


def create_sign_in(*, person):
    """A user for a person who has none, named by their e-mail, or by their reference where the e-mail is taken."""
    names = filter(None, [person.email, person.reference, f"{person.reference}-{person.pk}"])
    username = next(key(name) for name in names if not User.objects.named(name).exists())
    with transaction.atomic():
        user = User.objects.create_user(username, person.email)
        person.user = user
        person.save(update_fields=["user"])
        record(gettext_noop("created a sign-in"), by=None, subject=person.reference)
    return user


def people_without_sign_in():
    return Person.objects.not_left().filter(user=None).exclude(email="")


@transaction.atomic
def create_administrator(*, username, email):
    """A System Administrator who is nobody's parent or teacher, for a portal that has none."""
    user = User.objects.create_user(username, email)
    user.groups.add(Profile.objects.system_administrator().group)
    record(gettext_noop("created a System Administrator"), by=None, subject=user)
    return user
