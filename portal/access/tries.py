"""Who tries too often waits: counted in rows, so that no two tries at one instant are one, and no cache forgets them.

A try is written down before it is carried out, and struck out when it was no failure. Each of many parallel ones sees
at least those that were written before it, so no more of them are carried out than the limit allows.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Try

WINDOW = timedelta(minutes=15)


class TooMany(Exception):
    """`seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def counter(*names: object) -> str:
    """The counter of these names; it holds none of them readable: somebody's password is typed into the wrong field."""
    return salted_hmac("portal.access.tries", "\0".join(map(str, names)), algorithm="sha256").hexdigest()


def begin(limits: Mapping[str, int]) -> list[Try]:
    """Write a try down against each of `limits` ({counter: how many in WINDOW}) and return it. Not in a transaction.

    Raises TooMany where one of them is used up; nothing is carried out then, and nothing counted.
    """
    written = Try.objects.bulk_create([Try(counter=counter) for counter in limits])
    waits = [wait for counter, most in limits.items() if (wait := _wait(counter, most))]
    if waits:
        strike_out(written)
        raise TooMany(max(waits))
    return written


def strike_out(written: Iterable[Try]) -> None:
    """The try was no failure."""
    Try.objects.filter(pk__in=[row.pk for row in written]).delete()


def _wait(counter: str, most: int) -> int:
    """Seconds until one more than what is written would be within `most`; 0 where it is."""
    lately = Try.objects.filter(counter=counter, at__gt=Now() - WINDOW).order_by("-at", "-pk")
    above = lately.values_list("at", flat=True)[most : most + 1].first()
    if above is None:
        return 0
    return max(1, int((above + WINDOW - timezone.now()).total_seconds()) + 1)


def forget_old() -> None:
    Try.objects.filter(at__lt=Now() - WINDOW).delete()
