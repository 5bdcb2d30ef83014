from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, register
from portal.ledger.models import Mark

from .models import LastBackup


def _overdue():
    """A copy to try things on needs none."""
    if LastBackup.objects.overdue_since() is None or Mark.objects.filter(held=Mark.Held.STAGING).exists():
        return {}
    return {"backup": Cause()}


def _sentence(subject):
    last = LastBackup.objects.the()
    if last is None:
        return _("No backup of the portal has ever been made: what is lost cannot be put back.")
    made_at = date_format(timezone.localtime(last.made_at), "DATETIME_FORMAT")
    return _("The last backup of the portal was made at %(time)s: what was done since cannot be put back.") % {
        "time": made_at
    }


register(
    Kind(
        "backups.overdue",
        gettext_lazy("The portal is not backed up"),
        option="",
        causes=_overdue,
        sentence=_sentence,
        address=lambda subject: reverse("dashboard"),
        to_do=lambda subject: _(
            "Make a backup (docker compose run --rm backup), read what it says, and have the machine make one every "
            "night: docs/backups.md. Where backups are made in another way, write BACKUP_WITHIN_HOURS=0 into .env."
        ),
    )
)
