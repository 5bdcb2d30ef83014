"""Registrations, for the demo and the tests."""

from datetime import timedelta

import requests
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from portal.facts.models import DailyFact
from portal.people.demo import OF_FOURTEEN, YEARS
from portal.people.models import Group, Person, Relationship
from wechat_admin.models import EnterpriseAccount

from . import daily
from .at_wecom import checking, entering
from .codes.actions import make_codes
from .models import CONSENT_VERSION, GUARDIANS_TEXT, GuardianConsent, PersonalCode, Registration, YearRule, userid_for
from .years.rules import consent_wanted

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
    values |= fields
    if values.get("userid"):
        values.setdefault("known_by", values.get("mobile") or values.get("email", ""))
    return Registration.objects.create(**values)


def make_code(person, way=PersonalCode.Way.PRINT):
    """The characters of a new code."""
    return make_codes([person], way=way, by=None)[person.pk]


def fill(demo):
    """About a third of the people, none of the five sign-ins among them, through the real calls."""
    account = EnterpriseAccount.objects.the()
    _mark_the_older_years()
    if not demo.linked or not account.is_linked or Registration.objects.exists():
        return
    people = Person.objects.exclude(mobile="").exclude(user__username__in=SIGN_INS).order_by("pk")
    chosen = [person for number, person in enumerate(people) if number % 5 in (0, 2)][:370]
    _guardians_agree(chosen)
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
    _a_term_of_facts(account)


def _mark_the_older_years():
    older = [f"Year {year}" for year in YEARS if year >= OF_FOURTEEN]
    years = Group.objects.filter(kind=Group.Kind.YEAR, name__in=older).exclude(pk__in=YearRule.objects.values("year"))
    YearRule.objects.bulk_create(YearRule(year=year, is_14_and_above=True) for year in years)


def _guardians_agree(people):
    """For the young among those who are going to be registered."""
    young = Person.objects.filter(consent_wanted(), pk__in=[person.pk for person in people])
    links = Relationship.objects.current().of_guardians().may_see().filter(pupil__in=young).order_by("pk")
    guardians = {link.pupil_id: link.contact_id for link in reversed(links)}
    GuardianConsent.objects.bulk_create(
        GuardianConsent(pupil_id=pupil, guardian_id=guardian, version=GUARDIANS_TEXT, language=settings.LANGUAGE_CODE)
        for pupil, guardian in guardians.items()
    )


def _some_were_there_before(demo, people):
    """Members of the company before the portal came: they are linked and never changed."""
    for person in people:
        member = {"userid": f"office{person.pk}", "name": person.name, "mobile": person.mobile, "status": 1}
        requests.post(f"{demo.simulator}/control/members", member, allow_redirects=False, timeout=5)


def _a_term_of_facts(account):
    """How far the school had come, week by week, up to what is true today."""
    today, now = timezone.localdate(), daily.count(account)
    grows = {name for name in now if name.endswith(("registered", "reached"))}
    days = {}
    for back in range(1, 15):
        share = 1 - (back / 15) ** 2  # quickly at first, then slowly
        numbers = {name: int(n * share) if name in grows else n for name, n in now.items() if ".state." not in name}
        days[today - timedelta(weeks=back)] = numbers
    DailyFact.objects.write(days | {today: now})
