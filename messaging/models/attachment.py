"""The files of a message."""

from django.db import models

from .message import Message, new_token


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
