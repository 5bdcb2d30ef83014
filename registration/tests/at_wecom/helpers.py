"""Somebody on the way into the address book, and the worker's turns."""

from datetime import timedelta

from django.db.models.functions import Now

from portal.people.demo import make_person
from registration.at_wecom import checking, entering
from registration.demo import make_registration
from registration.models import Registration

Status = Registration.Status
NUMBER = "+8613800138000"
A_MOMENT_AGO = Now() - timedelta(seconds=1)  # by the clock that decides


def confirmed(mobile=NUMBER, record=NUMBER, **fields):
    person = make_person("contact", reference="C0007", given_name="Wei", family_name="Li", mobile=record)
    return make_registration(person, Status.CONFIRMED, mobile=mobile, **fields)


def enter(registration):
    Registration.objects.filter(next_try_at__isnull=False).update(next_try_at=A_MOMENT_AGO)
    entering.enter_due()
    registration.refresh_from_db()
    return registration


def check(registration):
    Registration.objects.update(next_check_at=A_MOMENT_AGO, lease_until=None)
    checking.check_due()
    registration.refresh_from_db()
    return registration
