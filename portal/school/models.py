from django.db import models
from django.utils.translation import gettext_lazy as _


class SchoolSetting(models.Model):
    """A value the school has set in place of the default it was registered with."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()

    class Meta:
        default_permissions = ()
        permissions = [("change", _("Settings of the school"))]

    def __str__(self):
        return self.name
