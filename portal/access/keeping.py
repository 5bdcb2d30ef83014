"""Sessions are kept until they are over."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.school.keeping import A_PIECE, Kind, keep


def forget_sessions(age):
    over = Session.objects.filter(expire_date__lt=Now() - age).order_by("expire_date")
    keys = list(over.values_list("pk", flat=True)[:A_PIECE])
    Session.objects.filter(pk__in=keys).delete()
    return len(keys), len(keys) == A_PIECE


keep(Kind("sessions", _("Where people are signed in, once it is over"), forget_sessions, age=timedelta(0)))
