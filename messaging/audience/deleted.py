"""Saved audiences that somebody has deleted although a draft is for them still: nobody is reached by those."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.models import AuditEvent

from ..models import SavedAudience
from ..models.rule import Rule

ACT = gettext_noop("deleted a saved audience")


def deleted_in(rule: Rule) -> set[int]:
    """The ids of those that a rule names; no query where it names no audience."""
    named = {clause["audience"] for clause in rule.get("include", []) if "audience" in clause}
    return named.difference(SavedAudience.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else named


def why_not_sent(rule: Rule) -> str | None:
    """Why a message to these people cannot go, in a sentence, or None."""
    if not deleted_in(rule):
        return None
    return _(
        "The message is for an audience that was deleted, so none of its people would get it. Take it out of the draft, "
        "and choose them anew."
    )


def deleted_in_words(ids: Iterable[int]) -> dict[int, str]:
    """{id: what a page says in the place of its name}, with who deleted it and when as long as the trail has it."""
    keys = {f"savedaudience {pk}": pk for pk in ids}
    events = AuditEvent.objects.filter(act=ACT, subject__in=keys) if keys else AuditEvent.objects.none()
    told = {keys[event.subject]: _by_whom(event) for event in events.select_related("actor__person").order_by("pk")}
    return {pk: told.get(pk, _("Audience: deleted")) for pk in ids}


def _by_whom(event: AuditEvent) -> str:
    at = date_format(localtime(event.at), "DATETIME_FORMAT")
    return _("Audience: deleted by %(name)s, %(time)s") % {"name": event.actor or _("Somebody"), "time": at}
