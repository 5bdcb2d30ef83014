from typing import TypedDict

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.notices.looking import look_soon
from portal.people.models import User

from ..at_wecom import WORK
from ..models import Problem, Registration
from ..notices import NOTHING_CAME, OF_A_NUMBER
from ..signals import withdrawn
from ..steps.actions import one_number_at_a_time


class CaseChanged(Exception):
    """What was decided about is not what stands there any more: another number, or another one who holds it."""


class Seen(TypedDict):
    """What a decision is about, as a page shows and seals it."""

    given: str
    holder: int | None  # the key of the registration that somebody else has with it


def seen(registration: Registration, holder: Registration | None = None) -> Seen:
    """What a decision is about, as the page shows it."""
    return {"given": registration.address.lower(), "holder": holder.pk if holder else None}


def said(registration: Registration) -> dict[str, str]:
    """What somebody to whom no message came has said, as the page shows it: of the switches, and when."""
    return {"tried": registration.nothing_came_tried, "at": str(registration.nothing_came_at)}


@transaction.atomic
def link(*, registration: Registration, shown: Seen | None, by: User) -> None:
    """The number is theirs: the worker enters them, or links them to the member who holds it. Raises CaseChanged."""
    row, holder = _as_shown(registration, shown)
    if holder:
        raise CaseChanged
    _let_go_on(row, by)


@transaction.atomic
def hand_over(*, registration: Registration, shown: Seen | None, by: User) -> None:
    """The number is theirs, and the registration that somebody else has with it ends. Raises CaseChanged."""
    row, holder = _as_shown(registration, shown)
    if not holder:
        raise CaseChanged
    _end(holder, by)
    _let_go_on(row, by)


@transaction.atomic
def refuse(*, registration: Registration, shown: Seen | None, by: User) -> None:
    """The number is not this person's: they are asked for another one. Raises CaseChanged."""
    row, _holder = _as_shown(registration, shown)
    if not row.is_disputed:
        raise CaseChanged
    Registration.objects.filter(pk=row.pk).update(problem=Problem.NUMBER_REFUSED, problem_code=None, next_try_at=None)
    record(gettext_noop("refused a number somebody gave"), by=by, subject=row.person)
    look_soon(OF_A_NUMBER)


@transaction.atomic
def end(*, registration: Registration, shown: Seen | None, by: User) -> None:
    """Their registration ends: no further message goes to the number they gave. Raises CaseChanged."""
    row, _holder = _as_shown(registration, shown)
    _end(row, by)


@transaction.atomic
def settle(*, registration: Registration, shown: dict[str, str] | None, by: User) -> None:
    """The office is done with what somebody said to whom no message came. Raises CaseChanged."""
    row = Registration.objects.open().nothing_came().select_for_update().filter(pk=registration.pk).first()
    if row is None or shown != said(row):
        raise CaseChanged
    Registration.objects.filter(pk=row.pk).update(nothing_came_settled_at=Now())
    record(gettext_noop("settled that no message comes to somebody"), by=by, subject=row.person)
    look_soon(NOTHING_CAME)


def _let_go_on(row: Registration, by: User) -> None:
    """Somebody registered stays so."""
    if row.is_disputed:
        Registration.objects.filter(pk=row.pk).update(
            status=Registration.Status.CONFIRMED,
            confirmed_at=Coalesce(F("confirmed_at"), Now()),
            linking_approved_by=by,
            problem="",
            problem_code=None,
            tries=0,
            next_try_at=Now(),
            next_check_at=None,
        )
        ring(WORK)
    else:
        Registration.objects.filter(pk=row.pk).update(linking_approved_by=by)
    record(gettext_noop("linked somebody to the member with their number"), by=by, subject=row.person)
    look_soon(OF_A_NUMBER)


def _as_shown(registration: Registration, shown: Seen | None) -> tuple[Registration, Registration | None]:
    """(the row, who else is registered with its number), both as the page showed them."""
    one_number_at_a_time()
    row = Registration.objects.open().select_for_update().filter(pk=registration.pk).first()
    if row is None or shown is None or not _is_a_case(row):
        raise CaseChanged
    holder = row.holder_of_the_same()
    if shown != seen(row, holder):
        raise CaseChanged
    return row, holder


def _is_a_case(row: Registration) -> bool:
    return row.is_disputed or Registration.objects.filter(pk=row.pk).on_anothers_record().exists()


def _end(row: Registration, by: User) -> None:
    """The member at WeCom stays as it is, and is never theirs again: it goes by a number that is not theirs."""
    lost = row.userid if row.created_by_us else ""
    Registration.objects.filter(pk=row.pk).update(
        status=Registration.Status.WITHDRAWN,
        withdrawn_at=Now(),
        ended_by=by,
        lost_userid=lost,
        next_try_at=None,
        next_check_at=None,
    )
    withdrawn.send(Registration, person=row.person)
    record(gettext_noop("ended a registration with somebody else's number"), by=by, subject=row.person)
    look_soon(OF_A_NUMBER)
