from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.people.models import Person

from ..models import ASK_AGAIN_AFTER, CONSENT_VERSION, Opened, Problem, Registration
from ..signals import withdrawn
from ..tasks import WORK


class RegistrationRefused(Exception):
    """Its text is a sentence the person can act on."""


@transaction.atomic
def start(*, person, account, language, by):
    """The person agrees to receive messages. Returns the registration, the one there is if it was started before.

    After a withdrawal it is a new row with the same member, so the history of consents stays.
    """
    # One press at a time: the second of two finds what the first began.
    Person.objects.select_for_update().get(pk=person.pk)
    open_ones = person.registrations.open()
    # A registration with another company stays in the history and does not stand in the way.
    open_ones.exclude(account_key=account.account_key).update(status=Registration.Status.WITHDRAWN, withdrawn_at=Now())
    return open_ones.first() or _start_anew(person, account, language, by)


def _start_anew(person, account, language, by):
    registration = Registration(
        person=person,
        account_key=account.account_key,
        consented_at=Now(),
        consent_version=CONSENT_VERSION,
        consent_language=language,
        **_known_from_before(person, account),
    )
    registration.save()
    record(gettext_noop("started to register"), by=by, subject=person.reference)
    return registration


def _known_from_before(person, account):
    """Their number and member at WeCom; not the member if somebody else is linked to it since they stopped."""
    earlier = person.registrations.of_account(account).exclude(userid="").order_by("-id").first()
    if earlier is None:
        return {}
    address = {"mobile": earlier.mobile, "email": earlier.email}
    if Registration.objects.of_account(account).linked_to(earlier.userid).exists():
        return address
    return address | {"userid": earlier.userid, "created_by_us": earlier.created_by_us}


def confirm(*, registration, by, mobile="", email=""):
    """The person gives the mobile number (E.164) bound to their WeChat, or an e-mail address in its place.

    A worker enters them at WeCom. Raises RegistrationRefused where it is somebody else's, or can no longer be changed.
    """
    address = {"mobile": mobile, "email": email}
    if _belongs_to_somebody_else(address, registration):
        taken = Problem.NUMBER_TAKEN if mobile else Problem.EMAIL_TAKEN
        _keep_the_case(registration, taken, address)
        raise RegistrationRefused(taken.label)
    with transaction.atomic():
        _confirm(Registration.objects.select_for_update().get(pk=registration.pk), mobile, email, by)


def _confirm(registration, mobile, email, by):
    is_new = registration.is_started
    if not is_new and not registration.may_change_number:
        raise RegistrationRefused(_("WeChat keeps the number you used first. Ask the office to change it."))
    is_same = (mobile, email) == (registration.mobile, registration.email)
    if not is_new and is_same and not registration.problem:
        return
    if not is_same and not registration.created_by_us and not registration.create_tried_at:
        registration.userid = ""  # a member found by another number is not theirs
    if not is_same:
        registration.linking_approved_by = None
    registration.mobile, registration.email, registration.status = mobile, email, Registration.Status.CONFIRMED
    registration.confirmed_by, registration.confirmed_at = by, Now()
    registration.problem, registration.problem_code = "", None
    registration.tries, registration.next_try_at, registration.next_check_at = 0, Now(), None
    registration.save()
    record(gettext_noop("confirmed a number"), by=by, subject=registration.person.reference)
    ring(WORK)


def _belongs_to_somebody_else(address, registration):
    given = {f"{name}s": [value] for name, value in address.items() if value}
    holding = Registration.objects.filter(account_key=registration.account_key).holding(**given)
    return holding.exclude(person=registration.person_id).exists()


def _keep_the_case(registration, problem, address):
    """An administrator sees who wanted which number."""
    started = Registration.objects.filter(pk=registration.pk, status=Registration.Status.STARTED)
    started.update(problem=problem, problem_code=None, **address)


def note_opened(*, person, account):
    """The person sees the first step."""
    Opened.objects.bulk_create([Opened(person=person, account_key=account.account_key)], ignore_conflicts=True)


def note_daily_limit(*, registration):
    """The person says that WeChat lets nobody more follow the school today; an administrator is told."""
    Registration.objects.open().filter(pk=registration.pk).update(limit_met_at=Now())


@transaction.atomic
def withdraw(*, registration, by):
    """No further message from this moment; nothing is changed at WeCom."""
    open_row = Registration.objects.open().filter(pk=registration.pk)
    if open_row.update(status=Registration.Status.WITHDRAWN, withdrawn_at=Now(), next_try_at=None, next_check_at=None):
        withdrawn.send(Registration, person=registration.person)
        record(gettext_noop("stopped receiving messages"), by=by, subject=registration.person.reference)


def ask(*, registration):
    """Somebody looks at the page: have WeCom asked now, no more than once in three seconds per person."""
    due = Registration.objects.members().filter(
        Q(checked_at=None) | Q(checked_at__lt=Now() - ASK_AGAIN_AFTER),
        pk=registration.pk,
    )
    if due.update(next_check_at=Now()):
        ring(WORK)
