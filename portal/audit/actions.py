from datetime import timedelta
from time import time as seconds
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.db.models.functions import Now

from .models import AuditEvent

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User  # whatever AUTH_USER_MODEL names


def record(
    act: str,
    *,
    by: "User | None",
    subject: object = "",
    on_behalf_of: object = "",
    not_within: timedelta | None = None,
    **details: object,
) -> None:
    """Write one act into the trail.

    `act` is a short English phrase in the past, marked with `gettext_noop` (the trail shows it translated), `by` a user
    or None for the system itself. Of whatever row stands in `subject` or among the details the key is kept, no name:
    that is looked up by whoever reads. `details` are else plain values without secrets or message texts. What happens
    again `not_within` a timedelta of its last entry has none of its own: one query then, and two at one instant are one
    entry.
    """
    event = AuditEvent(
        actor=by,
        act=act,
        subject=keys_of(subject),
        on_behalf_of=keys_of(on_behalf_of),
        details=keys_of(details),
    )
    if not_within is None:
        event.save()
        return
    this, before = _slots(event, not_within)
    if not AuditEvent.objects.filter(once__in=[this, before], at__gt=Now() - not_within).exists():
        event.once = this
        AuditEvent.objects.bulk_create([event], ignore_conflicts=True)


def keys_of(value: object) -> Any:
    """The same with "person 12" for a row, in lists and dicts too; None is ""."""
    if isinstance(value, Model):
        return f"{value._meta.model_name} {value.pk}"
    if isinstance(value, dict):
        return {name: keys_of(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [keys_of(one) for one in value]
    return "" if value is None else value


def _slots(event: AuditEvent, length: timedelta) -> tuple[str, str]:
    """The keys of this stretch of time and of the one before: what lies within `length` lies in one of them."""
    slot = int(seconds() // length.total_seconds())
    about = f"{event.actor_id} {event.act} {event.subject} {event.on_behalf_of}"
    return f"{slot} {about}", f"{slot - 1} {about}"
