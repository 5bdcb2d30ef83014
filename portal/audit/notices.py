from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, register

from . import triggers
from .models import Verification

UNGUARDED = "triggers"


def _broken():
    found = {
        str(number): Cause(urgent=True)
        for number in Verification.objects.exclude(broken=None).values_list("broken", flat=True)
    }
    return found | ({UNGUARDED: Cause(urgent=True)} if triggers.missing(connection) else {})


def _sentence(subject):
    if subject == UNGUARDED:
        return _("The database no longer refuses changes of the audit trail.")
    return _("The audit trail is not as it was sealed: block %(number)s.") % {"number": subject}


register(
    Kind(
        "audit.broken",
        gettext_lazy("The audit trail was changed"),
        option="",
        causes=_broken,
        sentence=_sentence,
        address=lambda subject: reverse("audit"),
    )
)
