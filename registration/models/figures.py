from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

# Counting so few takes milliseconds: their figures are never older than the page.
EXACT_UP_TO = 2000
COUNTED_AGAIN_AFTER = timedelta(minutes=1)  # while somebody looks at them …
LOOKED_AT_FOR = timedelta(minutes=30)  # … that is, for so long after a page has shown them
OLDEST_SHOWN = timedelta(minutes=10)  # a page counts for itself rather than show older ones


class FiguresQuerySet(models.QuerySet["Figures"]):
    def shown_still(self) -> Self:
        """Those a page shows as they are."""
        return self.filter(roll__gt=EXACT_UP_TO, counted_at__gt=Now() - OLDEST_SHOWN)

    def to_count_again(self) -> Self:
        looked_at = self.filter(roll__gt=EXACT_UP_TO, shown_at__gt=Now() - LOOKED_AT_FOR)
        return looked_at.filter(counted_at__lt=Now() - COUNTED_AGAIN_AFTER).order_by("counted_at")


class Figures(models.Model):
    """How far people have come with registering, as last counted. No name stands in them."""

    account_key = models.CharField(max_length=64)
    # Of whom: everybody or a role, the members of a group, compared by role, year or form.
    role = models.CharField(max_length=8, blank=True)
    group = models.ForeignKey("people.Group", null=True, on_delete=models.CASCADE, related_name="+")
    by = models.CharField(max_length=4)
    roll = models.PositiveIntegerField()
    # {"counts": {state: people}, "rows": [[role, group id or null, {state: people}]], "letters": [firsts, reminders]}
    numbers = models.JSONField()
    counted_at = models.DateTimeField(default=timezone.now)
    shown_at = models.DateTimeField(db_default=Now())

    objects = FiguresQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("account_key", "role", Coalesce("group", 0), "by", name="figures_stand_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.by}"

    @property
    def is_noted_as_shown(self) -> bool:
        """Lately enough: a page that is loaded again and again writes once a minute."""
        return self.shown_at > timezone.now() - COUNTED_AGAIN_AFTER

    @property
    def may_be_old(self) -> bool:
        return self.roll > EXACT_UP_TO
