from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring

from ..models import DISPUTED, Problem, Registration
from ..tasks import WORK


@transaction.atomic
def link(*, registration, by):
    """An administrator says that the member who holds the number is this person: the worker links them.

    Returns whether there was still something to link.
    """
    disputed = Registration.objects.filter(
        pk=registration.pk, status=Registration.Status.CONFIRMED, problem__in=DISPUTED
    )
    found = disputed.update(
        linking_approved_by=by, problem="", problem_code=None, tries=0, next_try_at=Now(), next_check_at=None
    )
    if found:
        record(gettext_noop("linked somebody to the member with their number"), by=by, subject=_reference(registration))
        ring(WORK)
    return bool(found)


@transaction.atomic
def refuse(*, registration, by):
    """An administrator says that the number is not this person's: they are asked for another one."""
    disputed = Registration.objects.open().filter(pk=registration.pk, problem__in=DISPUTED)
    found = disputed.update(problem=Problem.NUMBER_REFUSED, problem_code=None, next_try_at=None)
    if found:
        record(gettext_noop("refused a number somebody gave"), by=by, subject=_reference(registration))
    return bool(found)


def _reference(registration):
    return registration.person.reference
