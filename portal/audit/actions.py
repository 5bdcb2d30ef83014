from .models import AuditEvent


def record(act, *, by, subject="", on_behalf_of="", **details):
    """Write one act into the trail.

    `act` is a short English phrase in the past, marked with `gettext_noop` (the trail shows it translated), `by` a user or None for the system itself,
    `details` plain values without secrets or message texts.
    """
    AuditEvent.objects.create(
        actor=by,
        actor_name=str(by)[:200] if by else "System",
        act=act,
        subject=str(subject)[:200],
        on_behalf_of=str(on_behalf_of)[:200],
        details=details,
    )
