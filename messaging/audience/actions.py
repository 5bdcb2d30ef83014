from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.people.models import User

from ..models import SavedAudience
from ..models.rule import Rule


@transaction.atomic
def save_audience(*, name: str, rule: Rule, by: User) -> None:
    """One of the same name is replaced."""
    audience, is_new = SavedAudience.objects.update_or_create(owner=by, name=name, defaults={"rule": rule})
    if not is_new:
        record(gettext_noop("replaced a saved audience"), by=by, subject=audience)
