from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from wechat_admin.models import EnterpriseAccount

from . import inviting
from .models import ASK_AGAIN_AFTER, CONSENT_VERSION, Invitation, InvitationRun, Problem, Registration
from .signals import withdrawn
from .tasks import INVITE, WORK


class RegistrationRefused(Exception):
    """Its text is a sentence the person can act on."""


def start(*, person, account, language, by):
    """The person agrees to receive messages. Returns the registration, the one there is if it was started before.

    After a withdrawal it is a new row with the same member, so the history of consents stays.
    """
    earlier = person.registrations.of_account(account).exclude(userid="").order_by("-id").first()
    try:
        with transaction.atomic():
            # A registration with another company stays in the history and does not stand in the way.
            person.registrations.open().exclude(account_key=account.account_key).update(
                status=Registration.Status.WITHDRAWN, withdrawn_at=Now()
            )
            registration = Registration.objects.create(
                person=person,
                account_key=account.account_key,
                consented_at=Now(),
                consent_version=CONSENT_VERSION,
                consent_language=language,
                userid=earlier.userid if earlier else "",
                created_by_us=earlier.created_by_us if earlier else False,
                mobile=earlier.mobile if earlier else "",
            )
            record(gettext_noop("started to register"), by=by, subject=person.reference)
    except IntegrityError:
        registration = person.registrations.open().get()
    return registration


def confirm(*, registration, mobile, by):
    """The person gives the mobile number (E.164) bound to their WeChat; a worker enters them at WeCom.

    Raises RegistrationRefused where the number is somebody else's, or can no longer be changed.
    """
    if _belongs_to_somebody_else(mobile, registration):
        _keep_the_case(registration, mobile)
        raise RegistrationRefused(Problem.NUMBER_TAKEN.label)
    with transaction.atomic():
        _confirm(Registration.objects.select_for_update().get(pk=registration.pk), mobile, by)


def _confirm(registration, mobile, by):
    is_new = registration.status == Registration.Status.STARTED
    if not is_new and not registration.may_change_number:
        raise RegistrationRefused(_("WeChat keeps the number you used first. Ask the office to change it."))
    if not is_new and mobile == registration.mobile and not registration.problem:
        return
    if mobile != registration.mobile and not registration.created_by_us and not registration.create_tried_at:
        registration.userid = ""  # a member found by another number is not theirs
    registration.mobile, registration.status = mobile, Registration.Status.CONFIRMED
    registration.confirmed_by, registration.confirmed_at = by, Now()
    registration.problem, registration.problem_code = "", None
    registration.tries, registration.next_try_at, registration.next_check_at = 0, Now(), None
    registration.save()
    record(gettext_noop("confirmed a number"), by=by, subject=registration.person.reference)
    ring(WORK)


def _belongs_to_somebody_else(mobile, registration):
    confirmed = Registration.objects.open().exclude(status=Registration.Status.STARTED)
    same = confirmed.filter(account_key=registration.account_key, mobile=mobile)
    return same.exclude(person=registration.person_id).exists()


def _keep_the_case(registration, mobile):
    """An administrator sees who wanted which number."""
    started = Registration.objects.filter(pk=registration.pk, status=Registration.Status.STARTED)
    started.update(problem=Problem.NUMBER_TAKEN, problem_code=None, mobile=mobile)


@transaction.atomic
def withdraw(*, registration, by):
    """No further message from this moment; nothing is changed at WeCom."""
    open_row = Registration.objects.open().filter(pk=registration.pk)
    if open_row.update(status=Registration.Status.WITHDRAWN, withdrawn_at=Now(), next_try_at=None, next_check_at=None):
        withdrawn.send(Registration, person=registration.person)
        record(gettext_noop("stopped receiving messages"), by=by, subject=registration.person.reference)


@transaction.atomic
def invite(*, roles, groups, by):
    """Have everybody of the audience mailed who can be and was not lately. Returns the run, or None for nobody."""
    # One press at a time: the second of two finds everybody invited lately.
    EnterpriseAccount.objects.select_for_update().first()
    people = list(inviting.chosen(roles, groups).filter(fate=inviting.INVITE).values_list("pk", flat=True))
    if not people:
        return None
    run = InvitationRun.objects.create(sent_by=by)
    Invitation.objects.bulk_create((Invitation(run=run, person_id=pk) for pk in people), batch_size=1000)
    record(gettext_noop("sent invitations"), by=by, people=len(people))
    ring(INVITE)
    return run


@transaction.atomic
def note_invited(*, way, roles, groups, by):
    """Somebody says that they gave the audience the copied text or the hand-out. Returns how many were noted.

    Those who are registered or may not receive messages are left out, as they are of e-mails.
    """
    wanted = [inviting.INVITE, inviting.NO_EMAIL, inviting.LATELY]
    people = list(inviting.chosen(roles, groups).filter(fate__in=wanted).values_list("pk", flat=True))
    if people:
        run = InvitationRun.objects.create(sent_by=by, way=way)
        noted = (Invitation(run=run, person_id=pk, state=Invitation.State.SENT) for pk in people)
        Invitation.objects.bulk_create(noted, batch_size=1000)
        record(gettext_noop("noted who was invited by hand"), by=by, people=len(people), way=way)
    return len(people)


def ask(*, registration):
    """Somebody looks at the page: have WeCom asked now, no more than once in three seconds per person."""
    due = Registration.objects.filter(
        Q(checked_at=None) | Q(checked_at__lt=Now() - ASK_AGAIN_AFTER),
        pk=registration.pk,
        status__in=[Registration.Status.IN_WECOM, Registration.Status.REGISTERED],
    )
    if due.update(next_check_at=Now()):
        ring(WORK)
