from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Lock(models.Model):
    """A lease on work that only one process may do at a time, taken by conditional UPDATE, by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str, lease: timedelta) -> bool:
        """Whether the lock is ours for `lease` (a timedelta)."""
        Lock.objects.bulk_create([Lock(name=name)], ignore_conflicts=True)
        free = cls.objects.filter(Q(until=None) | Q(until__lt=Now()), name=name)
        return free.update(until=Now() + lease) == 1

    @classmethod
    def keep(cls, name: str, lease: timedelta) -> None:
        cls.objects.filter(name=name).update(until=Now() + lease)

    @classmethod
    def release(cls, name: str) -> None:
        cls.objects.filter(name=name).update(until=None)
