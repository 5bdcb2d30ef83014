from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person
from portal.school.table import value
from portal.tones import States, Tone


class InvitationRun(models.Model):
    """Invitations of one press of the button."""

    class Way(models.TextChoices):
        EMAIL = "email", _("E-mail")
        COPY = "copy", _("Copied text")
        PRINT = "print", _("Hand-out")

    way = models.CharField(max_length=6, choices=Way, default=Way.EMAIL)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.at}"


class InvitationQuerySet(models.QuerySet):
    def lately(self):
        """Those that stand in the way of another e-mail to the same person."""
        mailed = self.filter(run__way=InvitationRun.Way.EMAIL).exclude(state=Invitation.State.FAILED)
        return mailed.filter(created_at__gt=Now() - timedelta(days=value("invitation_days")))


class Invitation(models.Model):
    """One person invited to register: by an e-mail of ours, or by hand as somebody told the portal."""

    class State(States):
        WAITING = "waiting", Tone.INFO, _("waiting")
        SENDING = "sending", Tone.INFO, _("being sent")
        SENT = "sent", Tone.OK, _("sent")
        FAILED = "failed", Tone.BAD, _("could not be sent")
        UNKNOWN = "unknown", Tone.WARN, _("unknown")

    run = models.ForeignKey(InvitationRun, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    begun_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "person"], name="a_person_is_invited_once_a_run")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "sending"]), name="invitations_to_send"),
            models.Index(fields=["person", "created_at"], name="invitations_of_a_person"),
        ]

    def __str__(self):
        return f"{self.person}: {self.state}"

    @property
    def standing(self):
        return self.State(self.state)
