"""Sign-ins, for the demo and the tests."""

import json
import time
from functools import partial
from itertools import count

from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Count

from portal.people.birth_years import surely
from portal.people.models import Person, User

from .factors import authenticators
from .models import Profile
from .viewing import SESSION_KEY, begin

PASSWORD = "harbour-{role}-bridge"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of an app, in tests


def make_sign_in(person=None, *, username="", password=None, options=()):
    """A user, for a person or for none, who holds a profile of their own with `options` (permission names)."""
    username = username or (person.reference.lower() if person else f"user{User.objects.count() + 1}")
    user = User.objects.create(username=username, email=person.email if person else f"{username}@school.example")
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    if person:
        person.user = user
        person.save(update_fields=["user"])
    if options:
        profile = Profile.objects.create(group=Group.objects.create(name=f"Profile of {username}"))
        profile.set_options(options)
        user.groups.add(profile.group)
    return user


def add_app(user):
    """A second factor of theirs; a function that says its code of the moment, each time another one."""
    authenticators.add_app(user, SECRET)
    authenticators.renew_recovery_codes(user)
    return partial(next, map(code_at, count(int(time.time()) // 30)))


def code_at(step, secret=SECRET):
    """The code that an app shows in this half minute."""
    return totp.format_hotp_value(totp.hotp_value(secret, step))


def make_administrator(username="administrator", password=None):
    """A System Administrator: holds every menu option."""
    user = make_sign_in(username=username, password=password)
    user.groups.add(Profile.objects.system_administrator().group)
    return user


def make_viewing(user, by):
    """`by` views as the user: what stands in the session of `by` from then on."""
    return {SESSION_KEY: begin(user=user, reason="Asks for help", by=by).pk}


# --- the demo's five, and others to impersonate ---


def _demo_people():
    staff = Person.objects.filter(is_staff_member=True, is_contact=False).order_by("pk")
    families = Person.objects.filter(is_contact=True, is_staff_member=False, language="en").order_by("pk")
    contact = families.annotate(children=Count("relationships_as_contact")).filter(children=2).first()
    # Old enough to register by themselves.
    pupils = Person.objects.filter(is_pupil=True, birth_year__lte=surely(14))
    pupil = pupils.exclude(mobile="").order_by("pk").first()
    return {"administrator": staff[0], "sender": staff[1], "staff": staff[2], "contact": contact, "pupil": pupil}


def fill(demo):
    if not User.objects.exists():
        people = _demo_people()
        for role, person in people.items():
            # The browser's language is taken at sign-in otherwise; the five are for whoever tries the demo.
            Person.objects.filter(pk=person.pk).update(language="en")
            make_sign_in(person, username=role, password=PASSWORD.format(role=role))
        User.objects.get(username="administrator").groups.add(Profile.objects.system_administrator().group)
        profile = Profile.objects.create(group=Group.objects.create(name="Messaging"))
        profile.set_options(["messaging.write"])
        User.objects.get(username="sender").groups.add(profile.group)
        for person in Person.objects.filter(user=None, is_staff_member=False).order_by("pk")[:60]:
            make_sign_in(person)
    roles = ("administrator", "sender", "staff", "contact", "pupil")
    sign_ins = {role: {"username": role, "password": PASSWORD.format(role=role)} for role in roles}
    (settings.VAR_DIR / "sign-ins.json").write_text(json.dumps(sign_ins))
