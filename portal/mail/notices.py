from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.causes import Cause, Kind, Way, register

from .models import MailServer


def _away():
    return {"server": Cause()} if MailServer.objects.is_away() else {}


register(
    Kind(
        "mail.away",
        gettext_lazy("E-mail does not leave"),
        option="",
        causes=_away,
        sentence=lambda subject: _(
            "The mail server does not answer. Letters wait and leave by themselves when it does."
        ),
        address=lambda subject: reverse("dashboard"),
        # An e-mail that says so would not leave either; by e-mail all the same where somebody is not reached there.
        way=Way.WECHAT,
        to_do=lambda subject: _("Look whether the mail server of EMAIL_URL is up and takes the portal's password."),
        patience=timedelta(minutes=5) / settings.SENDING_TIME_SCALE,
        flutters=True,
    )
)
