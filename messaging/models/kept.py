"""What can be kept for the next message: templates, audiences."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Template(models.Model):
    """A text with fields and languages, to begin messages from; everybody of Messaging shares them."""

    NAME_TAKEN = _("There is a template of this name already.")

    name = models.CharField(_("name"), max_length=80, unique=True)
    text = models.TextField()
    translations = models.JSONField(default=dict, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name

    @property
    def subject(self):
        """Its name among the things that are edited (portal/audit/revisions.py)."""
        return f"template {self.pk}"


class SavedAudience(models.Model):
    """A rule with a name; it is worked out anew whenever it is used."""

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_audiences")
    rule = models.JSONField()

    class Meta:
        default_permissions = ()
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="audience_names_are_unique_to_their_owner")
        ]

    def __str__(self):
        return self.name
