from django.conf import settings

from portal.periodic import every

from .looking import look
from .models import Note, Notice
from .writing import write_what_is_due


@every(max(5, 30 / settings.SENDING_TIME_SCALE))
def look_at_everything():
    look()
    write_what_is_due()


@every(3600)
def forget_what_was_long_ago():
    Notice.objects.long_gone().delete()
    Note.objects.long_gone().delete()
