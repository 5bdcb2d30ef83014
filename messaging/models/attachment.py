"""The files of a message."""

import hashlib
from typing import Any

from django.db import models

from ..kinds import kind_of_file
from .message import Message, new_token


class Attachment(models.Model):
    """A file of a message; in the database, so that web and workers share it wherever they run."""

    class Role(models.TextChoices):
        BODY = "body"  # uploaded to WeCom: the picture, video or file itself
        FOLLOWS = "follows"  # the same, of a later part
        PICTURE = "picture"  # of an article: WeChat fetches it from us

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    role = models.CharField(max_length=8, choices=Role, default=Role.BODY)
    place = models.PositiveSmallIntegerField(default=0, db_default=0)  # among those that follow
    token = models.CharField(max_length=32, unique=True, default=new_token)
    name = models.CharField(max_length=150)
    size = models.PositiveIntegerField()
    data = models.BinaryField()
    digest = models.CharField(max_length=64, blank=True, db_default="")  # of the data; "" of what is older than this
    media_id = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.digest = digest_of(self.data)
        super().save(*args, **kwargs)

    @property
    def content(self) -> str:
        """Names its bytes: a copy has the same, whatever its token."""
        return self.digest or digest_of(self.data)

    @property
    def kind(self) -> str:
        """What its call says it is."""
        return self.message.kind if self.role == self.Role.BODY else kind_of_file(self.name)


def digest_of(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()
