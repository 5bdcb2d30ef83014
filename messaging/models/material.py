"""What messages are made of and can be kept for the next: attachments, templates, audiences."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .message import Message


def new_token():
    """128 bits: an address with it cannot be guessed."""
    return secrets.token_urlsafe(16)


class Attachment(models.Model):
    """A file of a message; in the database, so that web and workers share it wherever they run."""

    class Role(models.TextChoices):
        BODY = "body"  # uploaded to WeCom: the picture, video or file itself
        PICTURE = "picture"  # of an article: WeChat fetches it from us

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    role = models.CharField(max_length=8, choices=Role, default=Role.BODY)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    name = models.CharField(max_length=150)
    size = models.PositiveIntegerField()
    data = models.BinaryField()
    media_id = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name


class Template(models.Model):
    """A text with fields and languages, to begin messages from; everybody of Messaging shares them."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    text = models.TextField()
    translations = models.JSONField(default=dict, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.name


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
