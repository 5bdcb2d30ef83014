from django.utils.translation import gettext_lazy as _

from portal import causes
from portal.audit.words import acts, labels, vocabulary

acts("accounts", "chose what they are told of")
labels(ways=_("told"), away_until=_("away until"))


@vocabulary
def _kinds():
    return {kind.name: kind.label for kind in causes.kinds()} | dict(causes.Way.choices)
