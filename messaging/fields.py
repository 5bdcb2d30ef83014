"""Form fields of messages: texts, times of the school's clocks, lists of references."""

import csv
import io
from datetime import UTC

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.people.models import Person
from portal.people.texts import without_controls

from . import route

MOST_LISTED = 10_000
LARGEST_LIST = 1024 * 1024  # bytes


class TextOfMessage(forms.CharField):
    """Line ends as \\n, other control characters taken out, no blanks around it."""

    def to_python(self, value):
        return without_controls(super().to_python(value)).strip()


def text_field(label, rows, **options):
    widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"})
    return TextOfMessage(label=label, required=False, strip=False, widget=widget, **options)


def check_size(text, most):
    size = route.size_of(text)
    if size > most:
        raise ValidationError(
            _("The message must be %(most)s bytes or less; it has %(size)s.")
            % {"most": f"{most:,}", "size": f"{size:,}"}
        )


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
        if naive is None or naive.tzinfo is not None:
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


def rows_of(upload):
    """The first column of a text or CSV file."""
    if upload.size > LARGEST_LIST:
        raise ValidationError(_("The file must be 1 MB or smaller."))
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("This file is not a text in UTF-8. Save the list as CSV UTF-8.")) from None
    rows = [row[0] if row else "" for row in csv.reader(io.StringIO(text))]
    return rows[1:] if rows and rows[0].strip().lower() == "reference" else rows


def people_of(rows):
    """The ids of the people with these references. Raises ValidationError naming rows with an unknown one."""
    wanted = [(number, row.strip()) for number, row in enumerate(rows, 1) if row.strip()]
    if len(wanted) > MOST_LISTED:
        raise ValidationError(_("The list must have %(most)s rows or fewer.") % {"most": f"{MOST_LISTED:,}"})
    known: dict[str, int] = {}
    references = [reference for _number, reference in wanted]
    for start in range(0, len(references), 500):
        some = Q()
        for reference in references[start : start + 500]:
            some |= Q(reference__iexact=reference)
        known |= {r.lower(): pk for r, pk in Person.objects.filter(some).values_list("reference", "pk")}
    unknown = [(number, reference) for number, reference in wanted if reference.lower() not in known]
    if unknown:
        shown = "; ".join(f"{number}: {reference[:40]}" for number, reference in unknown[:10])
        sentence = ngettext(
            "%(count)s row has a reference nobody has (row: reference): %(rows)s",
            "%(count)s rows have a reference nobody has (row: reference): %(rows)s",
            len(unknown),
        )
        raise ValidationError(sentence % {"count": len(unknown), "rows": shown})
    return list(dict.fromkeys(known[reference.lower()] for reference in references))


class ManyField(forms.ModelMultipleChoiceField):
    """Rows by id; what is too long for one is refused like any other that is none."""

    def clean(self, value):
        ids = [str(pk) for pk in value or []]
        return super().clean([pk if pk.isascii() and len(pk) < 19 else "–" for pk in ids])
