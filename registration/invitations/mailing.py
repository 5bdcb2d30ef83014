"""The worker that mails what waits."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.school.table import value

from ..models import Invitation
from .texts import family_text, staff_text

A_TURN = 50
GIVEN_UP_AFTER = timedelta(minutes=10)


def send_due():
    """Mail what waits. Written down before it leaves, so that a dead worker costs somebody a mail, never a second one."""
    connection = get_connection()
    while waiting := list(_waiting().order_by("pk").select_related("person")[:A_TURN]):
        with connection:
            for invitation in waiting:
                _send(invitation, connection)


def _waiting():
    return Invitation.objects.filter(state=Invitation.State.WAITING)


def _send(invitation, connection):
    if not _waiting().filter(pk=invitation.pk).update(state=Invitation.State.SENDING, begun_at=Now()):
        return
    try:
        _letter(invitation.person, connection).send()
        state = Invitation.State.SENT
    except OSError:  # smtplib's errors are OSErrors
        state = Invitation.State.FAILED
    Invitation.objects.filter(pk=invitation.pk).update(state=state)


def _letter(person, connection):
    with override(person.reads):
        text = family_text() if person.is_family else staff_text()
        subject = _("%(school)s in Weixin / WeChat") % {"school": settings.SCHOOL_NAME}
        dear = _("Dear %(name)s,") % {"name": person.name}
    body = f"{dear}\n\n{text}\n\n{settings.SCHOOL_NAME}\n{value('office_contact')}\n"
    return EmailMessage(subject, body, None, [person.email], connection=connection)


def give_up_lost():
    """A worker died in the middle of a letter: it may have left or not, and it is not sent again."""
    lost = Invitation.objects.filter(state=Invitation.State.SENDING, begun_at__lt=Now() - GIVEN_UP_AFTER)
    lost.update(state=Invitation.State.UNKNOWN)
