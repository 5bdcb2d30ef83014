from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision

from .looking import look_soon
from .models import Absence, Choice


def subject_of(user):
    """The name of their choices among the things that are edited."""
    return f"notices {user.pk}"


@transaction.atomic
def choose(*, ways, away_until, seen, by):
    """How `by` is told of each Kind of `ways`, and the last day they are away, or None. Raises SavedMeanwhile."""
    next_revision(subject_of(by), seen=seen, by=by)
    Choice.objects.filter(user=by, kind__in=[kind.name for kind in ways]).delete()
    others = [Choice(user=by, kind=kind.name, way=way) for kind, way in ways.items() if way != kind.way]
    Choice.objects.bulk_create(others)
    if away_until:
        Absence.objects.update_or_create(user=by, defaults={"until": away_until})
    else:
        Absence.objects.filter(user=by).delete()
    record(
        gettext_noop("chose what they are told of"),
        by=by,
        ways={kind.name: str(way) for kind, way in ways.items()},
        away_until=str(away_until or ""),
    )
    look_soon()
