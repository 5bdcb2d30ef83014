from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.people.leaving.forms import DayField
from portal.people.models import ImportRow
from portal.people.roles import Role

from . import columns
from .missing import many_are_missing
from .problems import ImportRefused
from .reading import columns_of, open_table

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of people"),
        help_text=gettext_lazy(
            "A table as CSV or .xlsx, 20 MB at most. Nothing changes before you have seen what would."
        ),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_file(self):
        """The file; what its columns are found to be stands in `matched`."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(_("The file must be 20 MB or smaller."))
        try:
            self.matched = columns_of(open_table(file))
        except ImportRefused as refused:
            raise ValidationError(str(refused)) from None
        return file


class ColumnsForm(forms.Form):
    """What stands in each column of a file, as it was found, or as somebody says."""

    table = forms.ChoiceField(label=gettext_lazy("What kind of table it is"), choices=list(columns.TABLES.items()))
    complete = forms.MultipleChoiceField(
        label=gettext_lazy("It names everybody who is here as"),
        help_text=gettext_lazy("Tick nothing unless it does: whoever is missing is then proposed as leaving."),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, matched, **kwargs):
        """`matched` are the Columns as they stand."""
        super().__init__(*args, **kwargs)
        self.matched = matched
        self.fields["table"].initial = matched.table
        choices = [("", _("– leave out –"))] + [(m, columns.WORDS[m]) for m in self._meanings()]
        for n, (heading, meaning) in enumerate(zip(matched.headings, matched.meanings, strict=True)):
            label = heading or _("column %(number)s, without a heading") % {"number": n + 1}
            self.fields[f"column_{n}"] = forms.ChoiceField(
                label=label, choices=choices, initial=meaning, required=False
            )

    def _meanings(self):
        table = self.data.get("table") if self.is_bound else self.matched.table
        table = table if table in columns.TABLES else self.matched.table
        return [m for m in columns.WORDS if m in set(columns.MEANINGS[table].values())]

    @property
    def column_fields(self):
        return [self[name] for name in self.fields if name.startswith("column_")]

    def clean(self):
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        said = [cleaned[f"column_{n}"] for n in range(len(self.matched.headings))]
        self.matched = columns.Columns(cleaned["table"], self.matched.row, self.matched.headings, said)
        for sentence in self.matched.problems():
            self.add_error(None, sentence)
        return cleaned


class LetInForm(forms.Form):
    """The last word before rows go in; of those who leave, when, and above a tenth a second word."""

    last_day = DayField(label=gettext_lazy("Last day of those who leave"))
    many = forms.BooleanField(
        label=gettext_lazy("Yes, more than a tenth leaves"),
        error_messages={
            "required": gettext_lazy("More than a tenth is missing in the file. Tick the box if that is right.")
        },
    )

    def __init__(self, *args, imported, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = timezone.localdate()
        leaving = imported.rows.filter(verdict=ImportRow.Verdict.LEAVING)
        if not leaving.exclude(undo__has_key="last_day").exists():
            del self.fields["last_day"]
        if not (imported.counts.get(ImportRow.Verdict.LEAVING) and many_are_missing(imported)):
            del self.fields["many"]
