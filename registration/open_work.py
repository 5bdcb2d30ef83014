from django.utils.translation import gettext as _

from portal.ledger.open_work import OpenWork, open_work

from .models import Registration


@open_work
def first_messages():
    waiting = Registration.objects.to_welcome().count()
    return [OpenWork(_("First messages of people newly registered"), waiting)] if waiting else []
