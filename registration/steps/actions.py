from collections.abc import Iterable
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.notices.looking import look_soon
from portal.people.models import Person, User
from wechat_admin.models import EnterpriseAccount

from ..at_wecom import WORK
from ..models import ASK_AGAIN_AFTER, CONSENT_VERSION, ON_RECORD, Opened, Problem, Registration
from ..notices import NOTHING_CAME
from ..signals import withdrawn


class Address(TypedDict):
    """By what WeChat finds somebody: one of the two, the other is ""."""

    mobile: str
    email: str


class RegistrationRefused(Exception):
    """Its text is a sentence the person can act on."""


@transaction.atomic
def start(*, person: Person, account: EnterpriseAccount, language: str, by: User) -> Registration:
    """The person agrees to receive messages. Returns the registration, the one there is if it was started before.

    After a withdrawal it is a new row with the same member, so the history of consents stays.
    """
    # One press at a time: the second of two finds what the first began.
    Person.objects.select_for_update().get(pk=person.pk)
    open_ones = person.registrations.open()
    # A registration with another company stays in the history and does not stand in the way.
    open_ones.exclude(account_key=account.account_key).update(status=Registration.Status.WITHDRAWN, withdrawn_at=Now())
    return open_ones.first() or _start_anew(person, account, language, by)


def _start_anew(person: Person, account: EnterpriseAccount, language: str, by: User) -> Registration:
    registration = Registration(
        person=person,
        account_key=account.account_key,
        consented_at=Now(),
        consent_version=CONSENT_VERSION,
        consent_language=language,
        **_known_from_before(person, account),
    )
    registration.save()
    record(gettext_noop("started to register"), by=by, subject=person)
    return registration


def _known_from_before(person: Person, account: EnterpriseAccount) -> dict[str, Any]:
    """Their number and member at WeCom; not the member if somebody else is linked to it since they stopped."""
    earlier = person.registrations.of_account(account).exclude(userid="").order_by("-id").first()
    if earlier is None or earlier.ended_by_id:
        return {}
    address = {"mobile": earlier.mobile, "email": earlier.email}
    if earlier.removed_at is not None:
        return address  # WeCom knows that member no more
    if Registration.objects.of_account(account).linked_to(earlier.userid).exists():
        return address
    return address | {"userid": earlier.userid, "created_by_us": earlier.created_by_us, "known_by": earlier.known_by}


def confirm(*, registration: Registration, by: User, mobile: str = "", email: str = "") -> None:
    """The person gives the mobile number (E.164) bound to their WeChat, or an e-mail address in its place.

    A worker enters them at WeCom. Raises RegistrationRefused where it is somebody else's, or can no longer be changed.
    """
    address: Address = {"mobile": mobile, "email": email}
    with transaction.atomic():
        one_number_at_a_time()
        row = Registration.objects.select_for_update().get(pk=registration.pk)
        if not row.is_started and not row.may_change_number:
            raise RegistrationRefused(_("WeChat keeps the number you used first. Ask the office to change it."))
        problem = _why_not_theirs(row, address)
        if problem:
            _keep_the_case(row, problem, address, by)
        else:
            _confirm(row, address, by)
    if problem:
        raise RegistrationRefused(problem.label)


def one_number_at_a_time() -> None:
    """Whose a number is, is decided by one process at a time: of two who give it at once the second sees the first."""
    EnterpriseAccount.objects.select_for_update().values_list("pk", flat=True).first()


def _confirm(registration: Registration, address: Address, by: User) -> None:
    is_same = registration.has_given(**address)
    if registration.may_change_number and is_same and not registration.problem:
        return
    _take(registration, address, by)
    registration.problem, registration.problem_code = "", None
    registration.status, registration.next_try_at = Registration.Status.CONFIRMED, Now()
    registration.save()
    record(gettext_noop("confirmed a number"), by=by, subject=registration.person)
    ring(WORK)


def _take(registration: Registration, address: Address, by: User) -> None:
    """The person's word that this is their number; what was found or decided by another one is no longer theirs."""
    if not registration.has_given(**address):
        registration.linking_approved_by = None
        if not registration.created_by_us and not registration.create_tried_at:
            registration.userid = registration.known_by = ""
    registration.mobile, registration.email = address["mobile"], address["email"]
    registration.confirmed_by, registration.confirmed_at = by, Now()
    registration.tries, registration.next_check_at = 0, None


def _why_not_theirs(registration: Registration, address: Address) -> Problem | None:
    """The Problem of a number or e-mail address that somebody else has, or None. Their own record, or the office, says theirs."""
    mobile, email = address["mobile"], address["email"]
    ours = Registration.objects.filter(account_key=registration.account_key)
    holding = ours.holding(mobiles=[mobile] if mobile else [], emails=[email] if email else [])
    if holding.exclude(person=registration.person_id).exists():
        return Problem.NUMBER_TAKEN if mobile else Problem.EMAIL_TAKEN
    if registration.linking_approved_by_id and registration.has_given(**address):
        return None
    on_record = Person.objects.on_record(mobile=mobile, email=email)
    if on_record.filter(pk=registration.person_id).exists() or not on_record.exists():
        return None
    return Problem.NUMBER_ON_RECORD if mobile else Problem.EMAIL_ON_RECORD


def _keep_the_case(registration: Registration, problem: Problem, address: Address, by: User) -> None:
    """An administrator sees who wanted which number. Nothing is made or changed at WeCom before they have decided."""
    if not registration.is_started and problem not in ON_RECORD:
        return
    _take(registration, address, by)
    if not registration.is_started:
        registration.status = Registration.Status.CONFIRMED
    registration.problem, registration.problem_code, registration.next_try_at = problem, None, None
    registration.save()


def note_opened(*, person: Person, account: EnterpriseAccount) -> None:
    """The person sees the first step."""
    Opened.objects.bulk_create([Opened(person=person, account_key=account.account_key)], ignore_conflicts=True)


def note_daily_limit(*, registration: Registration) -> None:
    """The person says that WeChat lets nobody more follow the school today; an administrator is told."""
    Registration.objects.open().filter(pk=registration.pk).update(limit_met_at=Now())


@transaction.atomic
def tell_nothing_came(*, registration: Registration, tried: Iterable[str], by: User) -> bool:
    """A registered person says that no message comes, and which Switches they looked at. False if they did today."""
    # One press at a time.
    Person.objects.select_for_update().get(pk=registration.person_id)
    theirs = Registration.objects.filter(person=registration.person_id)
    if theirs.said_nothing_came_lately().exists():
        return False
    told = theirs.registered().filter(pk=registration.pk)
    told.update(nothing_came_at=Now(), nothing_came_tried=" ".join(tried), nothing_came_settled_at=None)
    record(gettext_noop("said that no message comes"), by=by, subject=registration.person)
    look_soon(NOTHING_CAME)
    return True


@transaction.atomic
def withdraw(*, registration: Registration, by: User | None) -> None:
    """No further message from this moment; nothing is changed at WeCom."""
    open_row = Registration.objects.open().filter(pk=registration.pk)
    if open_row.update(status=Registration.Status.WITHDRAWN, withdrawn_at=Now(), next_try_at=None, next_check_at=None):
        withdrawn.send(Registration, person=registration.person)
        record(gettext_noop("stopped receiving messages"), by=by, subject=registration.person)


def ask(*, registration: Registration) -> None:
    """Somebody looks at the page: have WeCom asked now, no more than once in three seconds per person."""
    due = Registration.objects.members().filter(
        Q(checked_at=None) | Q(checked_at__lt=Now() - ASK_AGAIN_AFTER),
        pk=registration.pk,
    )
    if due.update(next_check_at=Now()):
        ring(WORK)
