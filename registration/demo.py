"""Registrations, for the demo and the tests."""

import requests
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from portal.people.models import Person
from wechat_admin.models import EnterpriseAccount

from .at_wecom import checking, entering
from .models import CONSENT_VERSION, Registration, userid_for

Status = Registration.Status
SIGN_INS = ("administrator", "sender", "staff", "contact", "pupil")


def make_registration(person, status=Status.REGISTERED, **fields):
    """A registration with the school's account, in the state given and with everything that state implies."""
    now = timezone.now()
    values = {
        "person": person,
        "account_key": EnterpriseAccount.objects.the().account_key,
        "status": status,
        "consented_at": now,
        "consent_version": CONSENT_VERSION,
        "consent_language": person.reads,
    }
    if status != Status.STARTED:
        values |= {"mobile": person.mobile or "+8613000009999", "confirmed_at": now, "next_try_at": Now()}
    if status in (Status.IN_WECOM, Status.REGISTERED, Status.WITHDRAWN):
        values |= {"userid": userid_for(person), "created_by_us": True, "in_wecom_at": now, "next_try_at": None}
    if status == Status.REGISTERED:
        values |= {"registered_at": now}
    return Registration.objects.create(**values | fields)


def fill(demo):
    """About a third of the people, none of the five sign-ins among them, through the real calls."""
    account = EnterpriseAccount.objects.the()
    if not demo.linked or not account.is_linked or Registration.objects.exists():
        return
    people = Person.objects.exclude(mobile="").exclude(user__username__in=SIGN_INS).order_by("pk")
    chosen = [person for number, person in enumerate(people) if number % 5 in (0, 2)][:370]
    _some_were_there_before(demo, chosen[:6])
    for person in chosen:
        make_registration(person, Status.CONFIRMED)
    entering.enter_due()
    # Another pretend WeCom than our own may have phones of its own.
    phones, scanners = requests.Session(), {settings.WECOM_API_BASE, demo.simulator}
    in_wecom = Registration.objects.filter(status=Status.IN_WECOM).order_by("pk")
    for number, registration in enumerate(in_wecom):
        if number % 20:  # one in twenty has not scanned the code yet
            for address in scanners:
                phones.post(f"{address}/scan", {"number": registration.mobile}, allow_redirects=False, timeout=5)
    while Registration.objects.to_check().exists():
        checking.check_due()
    # They have been registered for long: their phones hold no first message.
    Registration.objects.update(welcome_due_at=None)


def _some_were_there_before(demo, people):
    """Members of the company before the portal came: they are linked and never changed."""
    for person in people:
        member = {"userid": f"office{person.pk}", "name": person.name, "mobile": person.mobile, "status": 1}
        requests.post(f"{demo.simulator}/control/members", member, allow_redirects=False, timeout=5)
