from django.db import models
from django.db.models.functions import Now
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


class Forgotten(models.Model):
    """What the sweeper has forgotten of one kind that is kept for a time only: the rows are gone, their number stays."""

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.DateTimeField(db_default=Now())
    ran_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # when there was something to forget last
    last_rows = models.PositiveIntegerField(default=0, db_default=0)
    rows = models.PositiveBigIntegerField(default=0, db_default=0)  # altogether

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.name}: {self.rows}"
