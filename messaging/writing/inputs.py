"""What is typed into a message: texts, and times of the school's clocks."""

from datetime import UTC, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.people.names import is_chinese
from portal.people.texts import without_controls

from ..kinds import size_of


class TextOfMessage(forms.CharField):
    """Line ends as \\n, other control characters taken out, no blanks around it."""

    def to_python(self, value):
        return without_controls(super().to_python(value) or "").strip()


def text_field(label, rows, **options):
    widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"})
    return TextOfMessage(label=label, required=False, strip=False, widget=widget, **options)


def check_size(text, most):
    size = size_of(text)
    if size > most:
        sentence = _("The message must be %(most)s bytes or less; it has %(size)s.")
        said = sentence % {"most": f"{most:,}", "size": f"{size:,}"}
        raise ValidationError(f"{said} {_too_long_by(text, size - most)}")


def _too_long_by(text, size):
    """In what people count."""
    if any(is_chinese(letter) for letter in text):
        number = -(-size // size_of("一"))
        sentence = ngettext(
            "That is about %(count)s Chinese character too long.",
            "That is about %(count)s Chinese characters too long.",
            number,
        )
    else:
        number = size
        sentence = ngettext(
            "That is about %(count)s letter too long.", "That is about %(count)s letters too long.", number
        )
    return sentence % {"count": number_format(number, force_grouping=True)}


_YEARS = range(1900, 9000)
# Whoever means a later day has mistyped the year.
LONGEST_AHEAD = timedelta(days=366)


def at_school(moment):
    """A moment, or None, by the school's clocks."""
    return moment and timezone.localtime(moment, timezone.get_default_timezone())


class SchoolTime(forms.DateTimeField):
    """A day and time of the school's clocks; one that the clocks skip or show twice is refused."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value):
        if value in self.empty_values:
            return None
        # Read without a zone first: Django's own reading says nothing a person could act on.
        try:
            naive = parse_datetime(value)
        except ValueError:
            naive = None
        # A year half typed: the clocks of the year 1 have no yesterday.
        if naive is None or naive.tzinfo is not None or naive.year not in _YEARS:
            raise ValidationError(self.error_messages["invalid"])
        zone = timezone.get_default_timezone()
        first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
        if first.astimezone(UTC) != second.astimezone(UTC):
            skipped = first.astimezone(UTC) > second.astimezone(UTC)
            sentence = (
                _("The clocks are put forward then: %(time)s does not exist. Choose another time.")
                if skipped
                else _("The clocks are put back then: %(time)s comes twice. Choose another time.")
            )
            raise ValidationError(sentence % {"time": date_format(naive, "H:i")})
        return first


class SendingTime(SchoolTime):
    """When a message is to go out."""

    def validate(self, value):
        super().validate(value)
        if value is not None and value <= timezone.now():
            raise ValidationError(_("This time has passed. Choose a later one."))
        if value is not None and value > timezone.now() + LONGEST_AHEAD:
            raise ValidationError(_("This time is more than a year away. Choose an earlier one."))
