"""How long letters and registrations are kept once they are over."""

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.mail.models import Letter
from portal.school.keeping import A_PIECE, YEAR, Kind, keep

from .models import Registration


def forget_letters(age):
    """Not those of invitations: by them nobody is invited who was."""
    over = Letter.objects.exclude(state__in=Letter.AT_WORK).filter(posted_at__lt=Now() - age, invitation=None)
    return _delete(over)


def forget_registrations(age):
    """Not those whose member WeCom may still have: they say whose it is, so that nobody else is given it. Also of another
    company than is linked today, and where it is in doubt whose it is."""
    over = Registration.objects.filter(status=Registration.Status.WITHDRAWN, withdrawn_at__lt=Now() - age)
    return _delete(over.exclude(~Q(userid=""), created_by_us=True, removed_at=None))


def _delete(rows):
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:A_PIECE])
    rows.model.objects.filter(pk__in=keys).delete()
    return len(keys), len(keys) == A_PIECE


keep(Kind("letters", _("To whom e-mail was sent"), forget_letters, age=YEAR))
keep(Kind("ended registrations", _("Registrations that have ended"), forget_registrations, age=6 * YEAR))
