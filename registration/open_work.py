from django.utils.translation import gettext as _

from portal.ledger.open_work import OpenWork, open_work
from portal.notices.models import Note

from .models import Registration


@open_work
def first_messages():
    waiting = Registration.objects.to_welcome().count()
    return [OpenWork(_("First messages of people newly registered"), waiting)] if waiting else []


@open_work
def notices():
    waiting = Note.objects.exclude(try_at=None).count()
    return [OpenWork(_("Notices in WeChat"), waiting)] if waiting else []
