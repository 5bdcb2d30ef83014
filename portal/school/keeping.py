"""The registry of what is kept for a time only. Apps register in `keeping.py` what they forget, and how.

It is forgotten in small pieces, each in a transaction of its own: a piece takes milliseconds, so nobody's sending waits
for it. Between two pieces of one kind lies a pause; where nothing is left, an hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from portal.periodic import every

from .models import Forgotten
from .table import value

A_PIECE = 1000  # rows at most
PAUSE, NOTHING_LEFT = timedelta(seconds=10), timedelta(hours=1)
DAY, MONTH, YEAR = timedelta(days=1), timedelta(days=30.4375), timedelta(days=365.25)
_IN_WORDS = {
    DAY: lambda n: ngettext("%(n)s day", "%(n)s days", n),
    MONTH: lambda n: ngettext("%(n)s month", "%(n)s months", n),
    YEAR: lambda n: ngettext("%(n)s year", "%(n)s years", n),
}

_kinds: dict = {}


@dataclass(frozen=True)
class Kind:
    name: str
    label: str | Promise
    # Takes an age and forgets some of what is older. Returns (rows, whether more may be left); ≤ A_PIECE rows.
    forget: Callable[[timedelta], tuple[int, bool]]
    age: timedelta | None = None  # where the school has no say
    setting: str = ""  # else the setting that says how many `unit`s
    unit: timedelta = DAY

    @property
    def kept_for(self):
        return self.age if self.age is not None else value(self.setting) * self.unit

    @property
    def in_words(self):
        if self.age is None:
            return _IN_WORDS[self.unit](value(self.setting)) % {"n": value(self.setting)}
        unit = max((unit for unit in _IN_WORDS if unit <= self.age), default=None)
        if unit:
            return _IN_WORDS[unit](round(self.age / unit)) % {"n": round(self.age / unit)}
        hours = round(self.age.total_seconds() / 3600)
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours} if hours else gettext("until it is over")


def keep(kind):
    """Have the sweeper forget what is older than the kind is kept."""
    _kinds[kind.name] = kind

    def forget():
        forget_a_piece(kind)

    forget.__qualname__ = f"keeping {kind.name}"  # as the sweeper's log names it
    every(PAUSE.total_seconds() / settings.SENDING_TIME_SCALE)(forget)


def kinds():
    """In the order of the house's floors."""
    return list(_kinds.values())


def forget_a_piece(kind):
    """Whatever number of sweepers run: one of them takes the turn."""
    row = Forgotten.objects.filter(pk=kind.name)
    if not row.exists():
        Forgotten.objects.bulk_create([Forgotten(name=kind.name)], ignore_conflicts=True)
    due = row.filter(next_at__lte=Now())
    # Asked before it is written: nearly always it is nobody's turn.
    if not (due.exists() and due.update(next_at=Now() + PAUSE, ran_at=Now())):
        return
    with transaction.atomic():
        rows, is_more = kind.forget(kind.kept_for)
    if rows:
        row.update(rows=F("rows") + rows, removed_at=Now(), last_rows=rows)
    if not is_more:
        row.update(next_at=Now() + NOTHING_LEFT)


def oldest(queryset, age, at, most=A_PIECE):
    """Of rows that were written in the order of their keys: (how many older ones were deleted, whether more may be left).

    Only as many keys are read as are deleted, however many rows there are.
    """
    first = list(queryset.order_by("pk").values_list("pk", flat=True)[:most])
    deleted, _each = queryset.model.objects.filter(pk__in=first, **{f"{at}__lt": Now() - age}).delete()
    return deleted, deleted >= most
