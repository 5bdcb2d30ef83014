from django.utils.translation import gettext as _

from portal.ledger.open_work import OpenWork, open_work

from .models import Letter


@open_work
def letters():
    waiting = Letter.objects.at_work().count()
    return [OpenWork(_("Letters by e-mail"), waiting)] if waiting else []
