"""What somebody has deleted: nowhere to be found, and for some minutes there to be brought back."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now

UNDO_FOR = timedelta(minutes=10)


class NotDeleted(models.Manager):
    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(deleted_at=None)


class DeletedLately(models.Manager):
    """What can be brought back."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(deleted_at__gt=Now() - UNDO_FOR)


class Deletable(models.Model):
    deleted_at = models.DateTimeField(null=True)

    objects = NotDeleted()
    deleted = DeletedLately()

    class Meta:
        abstract = True

    @property
    def summary(self) -> str:
        """One line for a list."""
        return str(self)

    @property
    def has_namesake(self) -> bool:
        """Whether something else is called the same by now, in whichever spelling."""
        return False

    @property
    def can_be_brought_back_until(self) -> datetime | None:
        return self.deleted_at and self.deleted_at + UNDO_FOR

    @classmethod
    def forget_deleted(cls) -> None:
        """What nobody can bring back any more is gone."""
        cls._base_manager.filter(deleted_at__lte=Now() - UNDO_FOR).delete()
