"""What can be kept for the next message: templates, audiences."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.people.typed import of_the_same_name

from .deletable import Deletable


class Occasion(models.TextChoices):
    """What a school writes about again and again."""

    CLOSURE = "closure", _("Closure")
    TRIP = "trip", _("Trip")
    REPORTS = "reports", _("Report day")
    EVENT = "event", _("Event")
    HEALTH = "health", _("Health")
    REMINDER = "reminder", _("Reminder")
    OTHER = "other", _("Other")


class Template(Deletable):
    """A text with fields and languages, to begin messages from; everybody of Messaging shares them."""

    NAME_TAKEN = _("There is a template of this name already.")

    name = models.CharField(_("name"), max_length=80)
    text = models.TextField()
    translations = models.JSONField(default=dict, blank=True)
    occasion = models.CharField(
        _("occasion"), max_length=10, choices=Occasion, default=Occasion.OTHER, db_default=Occasion.OTHER
    )
    # Who made it, and when a message was last begun from it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at=None), name="template_names_are_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_namesake(self) -> bool:
        return of_the_same_name(Template.objects.exclude(pk=self.pk), self.name) is not None

    @property
    def subject(self) -> str:
        """Its name among the things that are edited (portal/audit/revisions.py)."""
        return f"template {self.pk}"


class SavedAudience(Deletable):
    """A rule with a name; it is worked out anew whenever it is used."""

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_audiences")
    rule = models.JSONField()

    class Meta:
        default_permissions = ()
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(deleted_at=None), name="audience_names_are_an_owners_own"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_namesake(self) -> bool:
        theirs = SavedAudience.objects.filter(owner=self.owner).exclude(pk=self.pk)
        return of_the_same_name(theirs, self.name) is not None
