from collections import defaultdict
from datetime import date, timedelta

from django.db import models
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from portal import once


class DailyFactQuerySet(models.QuerySet["DailyFact"]):
    def write(self, days):
        """{day: {name: number}}, over what was written of them before; any number of sweepers may do so at once."""
        # In one order, so that two who write the same do not wait for each other in a circle.
        rows = [
            DailyFact(day=day, name=name, number=numbers[name], written_at=timezone.now())
            for day, numbers in sorted(days.items())
            for name in sorted(numbers)
        ]
        DailyFact.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["day", "name"], update_fields=["number", "written_at"]
        )

    def by_day(self, prefix, since):
        """{day: {name behind the prefix: number}}; a day of which nothing is known is not there.

        Facts of every kind are one question of a page.
        """
        rows = self.filter(day__gte=since).order_by("day").values_list("day", "name", "number")
        found: dict[date, dict[str, int]] = defaultdict(dict)
        for day, name, number in once.kept(f"facts since {since}", lambda: list(rows), DailyFact):
            if name.startswith(prefix):
                found[day][name.removeprefix(prefix)] = number
        return dict(found)

    def last_day(self, prefix):
        """The last day of which something is known, or None."""
        return self.filter(name__startswith=prefix).aggregate(day=Max("day"))["day"]

    def is_fresh(self, prefix, age):
        """Whether somebody wrote down today's within this time."""
        today = self.filter(name__startswith=prefix, day=timezone.localdate())
        return today.filter(written_at__gt=Now() - age).exists()


class DailyFact(models.Model):
    """A number of a day. No name of a person stands in it, and nothing that is deleted later takes it away."""

    day = models.DateField()
    name = models.CharField(max_length=60)
    number = models.PositiveBigIntegerField()
    written_at = models.DateTimeField(db_default=Now())

    objects = DailyFactQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "name"], name="one_number_of_a_name_a_day")]

    def __str__(self):
        return f"{self.day} {self.name}: {self.number}"


WEEKS = 16


def monday_of(day):
    return day - timedelta(days=day.weekday())


def weeks(number=WEEKS):
    """The Mondays of the last weeks, this one's last."""
    this = monday_of(timezone.localdate())
    return [this - timedelta(weeks=back) for back in reversed(range(number))]
