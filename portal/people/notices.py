from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, Way, register

from .models import Proposal


def _proposals():
    return {str(pk): Cause() for pk in Proposal.objects.open().values_list("pk", flat=True)}


register(
    Kind(
        "people.proposals",
        gettext_lazy("Somebody proposes a correction of their record"),
        option="people.change",
        causes=_proposals,
        sentence=lambda subject: (
            _("Somebody proposes a correction of their record (%(number)s).") % {"number": subject}
        ),
        address=lambda subject: reverse("proposals"),
        way=Way.DAILY,
    )
)
