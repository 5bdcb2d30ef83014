"""Deleting with Undo: what is deleted is hidden everywhere at once, and gone when nobody has brought it back in time."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit.actions import record
from portal.people.models import User

from .errors import MessageRefused
from .models.deletable import Deletable

_NAME_TAKEN = gettext_lazy("It stays deleted: something else has its name by now.")


@transaction.atomic
def delete(row: Deletable, act: str, *, by: User, **details: Any) -> None:
    """`act` is what the trail says of it, once."""
    if type(row).objects.filter(pk=row.pk).update(deleted_at=Now()):
        record(act, by=by, subject=row, **details)


def bring_back(row: Deletable, act: str, *, by: User) -> bool:
    """Returns whether it was in time. Raises MessageRefused where something else has its name by now."""
    if row.has_namesake:
        raise MessageRefused(str(_NAME_TAKEN))
    try:
        with transaction.atomic():
            is_back = type(row).deleted.filter(pk=row.pk).update(deleted_at=None)
            if is_back:
                record(act, by=by, subject=row)
    except IntegrityError:
        raise MessageRefused(str(_NAME_TAKEN)) from None
    return bool(is_back)


def undo(request, row, act):
    """The Undo button of one of `Model.deleted`; None where it is none of those any more."""
    try:
        is_back = row is not None and bring_back(row, act, by=request.user)
    except MessageRefused as refused:
        messages.error(request, str(refused))
        return
    if is_back:
        messages.success(request, _("It is there again."))
    else:
        messages.warning(request, _("It is too late to bring it back: it is gone."))
