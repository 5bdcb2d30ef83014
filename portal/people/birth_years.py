"""The year somebody was born in, where the school keeps it: the year alone, as nothing here needs the day."""

import re

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .typed import plain

# Of a pupil it decides whether a guardian is asked: 1912 for 2012 must not pass.
OLDEST, OLDEST_PUPIL = 120, 30


def read_birth_year(text: str) -> int | None:
    """The year of "2012", "2012年" or a spreadsheet's "2012.0"; None of nothing. Raises ValidationError."""
    found = re.fullmatch(r"(\d{4})(?:\.0+)?\s*年?", plain(text))
    if text and not found:
        raise ValidationError(_("A birth year is the year alone, as 2012; here: “%(typed)s”.") % {"typed": text[:40]})
    return check_birth_year(int(found[1])) if found else None


def check_birth_year(year: int, *, of_pupil: bool = False) -> int:
    """`year`, or a ValidationError where nobody, or no pupil, can have been born in it."""
    this_year = timezone.localdate().year
    first = this_year - (OLDEST_PUPIL if of_pupil else OLDEST)
    if not first <= year <= this_year:
        sentence = (
            _("A pupil's birth year lies between %(first)s and %(last)s; here: %(year)s.")
            if of_pupil
            else _("A birth year lies between %(first)s and %(last)s; here: %(year)s.")
        )
        raise ValidationError(sentence % {"first": first, "last": this_year, "year": year})
    return year


def surely(age: int) -> int:
    """The last birth year of which everybody is `age` today: who was born in 2012 may be 13 until the end of 2026."""
    return timezone.localdate().year - age - 1
