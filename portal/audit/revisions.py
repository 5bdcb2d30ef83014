"""Two people edit one thing: the second is told, and nothing is undone unseen.

A form shows the number of the revision that its values are of (`revision_of`, read before the values); the verb that
saves takes the next one (`next_revision`), which is refused where somebody has saved since.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from .models import Revision

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User


class SavedMeanwhile(Exception):
    """Its text is for whoever saves now; `number` is the revision they have been told of."""

    def __init__(self, sentence: str, number: int) -> None:
        super().__init__(sentence)
        self.number = number


def revision_of(subject: str) -> int:
    """How often `subject` ("settings of the school", "profile 3") has been saved."""
    return Revision.objects.filter(pk=subject).values_list("number", flat=True).first() or 0


def next_revision(subject: str, *, seen: int, by: "User | None") -> None:
    """Inside the transaction that saves: whoever saves the same thing waits for its end, and is refused then."""
    revision = _held(subject)
    if revision.number != seen:
        raise SavedMeanwhile(saved_meanwhile(revision.saved_by, revision.saved_at, by), revision.number)
    revision.number, revision.saved_by, revision.saved_at = seen + 1, by, timezone.now()
    revision.save()


def is_as_shown(subject: str, number: object) -> bool:
    """Whether it is still as a page showed it, of whoever decides something about it and saves nothing of it: until the
    end of their transaction nobody else does. `number` is what the page sent."""
    return str(_held(subject).number) == str(number)


def _held(subject: str) -> Revision:
    """The revision, kept from everybody else until the end of the transaction."""
    Revision.objects.bulk_create([Revision(subject=subject)], ignore_conflicts=True)
    return Revision.objects.select_for_update().get(pk=subject)


def saved_meanwhile(saved_by: object, saved_at: datetime | None, by: object) -> str:
    """The sentence for `by`, whose form is older than what `saved_by` saved."""
    time = time_format(timezone.localtime(saved_at))
    if saved_by == by:
        return _("You saved this in another window at %(time)s. Your changes are below; save again to replace it.") % {
            "time": time
        }
    return _("%(name)s saved at %(time)s. Your changes are below; save again to replace theirs.") % {
        "name": saved_by or _("Somebody"),
        "time": time,
    }
