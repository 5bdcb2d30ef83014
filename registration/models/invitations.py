from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.mail.models import Letter, LetterQuerySet
from portal.people.models import Person
from portal.school.table import value


class InvitationRun(models.Model):
    """Invitations of one press of the button."""

    class Way(models.TextChoices):
        EMAIL = "email", _("E-mail")
        COPY = "copy", _("Copied text")
        PRINT = "print", _("Hand-out")

    way = models.CharField(max_length=6, choices=Way, default=Way.EMAIL)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now())
    starts_at = models.DateTimeField(null=True)  # letters leave from then on

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at}"

    @property
    def can_be_undone(self) -> bool:
        """Whether nothing of it has left."""
        return self.starts_at is not None and timezone.now() < self.starts_at

    @property
    def letters(self) -> LetterQuerySet:
        return Letter.objects.filter(invitation__run=self)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def reached_or_may_have(self) -> Self:
        """Without the letters that came to nothing."""
        return self.exclude(letter__state__in=Letter.CAME_TO_NOTHING)

    def lately(self) -> Self:
        """Those that stand in the way of another e-mail to the same person."""
        mailed = self.reached_or_may_have().filter(run__way=InvitationRun.Way.EMAIL)
        return mailed.filter(created_at__gt=Now() - timedelta(days=value("invitation_days")))


class Invitation(models.Model):
    """One person invited to register: by a letter of ours, or by hand as somebody told the portal."""

    run = models.ForeignKey(InvitationRun, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    letter = models.OneToOneField(Letter, null=True, on_delete=models.SET_NULL)  # none where it was by hand
    created_at = models.DateTimeField(db_default=Now())

    objects = InvitationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "person"], name="a_person_is_invited_once_a_run")]
        indexes = [models.Index(fields=["person", "created_at"], name="invitations_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.standing}"

    @property
    def standing(self) -> Letter.State:
        return Letter.State(self.letter.state) if self.letter else Letter.State.SENT
