from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.causes import Cause, Kind, register

from .models import Address
from .readiness import OURSELVES
from .told import PATIENCE, kind_of

# By the name of a check; of those that a higher floor adds, the last.
_TO_DO = {
    "sweeper": _("Start the sweeper again (docker compose up -d sweeper) and read the end of its log."),
    "worker": _("Start the worker again (docker compose up -d worker) and read the end of its log."),
    "broker": _(
        "Start Redis again (docker compose up -d redis). Nothing is lost: what is due is found when it is back."
    ),
    "disk": _("Make room on the disk: old logs and images first (docker system prune), never files of the database."),
}
_ELSE = _("Read the end of the worker's log: it says what the calls to WeCom come to.")


def _to_do(check):
    return str(_TO_DO.get(check, _ELSE))


def _silent(site):
    facts = {"address": _of(site).address, "what": _of(site).silence}
    return gettext("The portal does not answer under %(address)s (%(what)s): nobody reaches its pages.") % facts


def _certificate(site):
    row = _of(site)
    if row.certificate_refused:
        facts = {"address": row.address, "what": row.certificate_refused}
        return gettext("The certificate of %(address)s is refused (%(what)s): browsers warn of the portal.") % facts
    ends_at = date_format(timezone.localtime(row.certificate_ends_at), "DATETIME_FORMAT")
    facts = {"address": row.address, "time": ends_at}
    return gettext("The certificate of %(address)s ends at %(time)s and has not been renewed.") % facts


def _of(site):
    return Address.objects.get(site=site)


register(
    kind_of(
        "health.ourselves",
        _("A process of the portal is silent, or messages do not go out"),
        OURSELVES,
        option="",
        address=lambda check: reverse("dashboard"),
        to_do=_to_do,
    ),
    Kind(
        "health.address",
        _("The portal does not answer under its own address"),
        option="",
        causes=lambda: {row.site: Cause(urgent=True) for row in Address.objects.silent()},
        sentence=_silent,
        address=lambda site: reverse("dashboard"),
        to_do=lambda site: gettext(
            "Start web and proxy again (docker compose up -d web proxy) and read the end of their logs. If both work, look "
            "whether the name still leads to this machine."
        ),
        patience=PATIENCE,
        flutters=True,
    ),
    Kind(
        "health.certificate",
        _("A certificate of the portal is not renewed"),
        option="",
        causes=lambda: {row.site: Cause() for row in Address.objects.with_a_certificate_to_renew()},
        sentence=_certificate,
        address=lambda site: reverse("dashboard"),
        to_do=lambda site: gettext(
            "Read docker compose logs proxy: it says why. docs/operations.md, “The certificate has run out”, says what it needs."
        ),
        patience=PATIENCE,
        flutters=True,
    ),
)
