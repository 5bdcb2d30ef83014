from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.school.table import Setting, register


class Day(forms.DateField):
    """A day as the table keeps it: YYYY-MM-DD, or ""."""

    def clean(self, value):
        day = super().clean(value)
        return day.isoformat() if day else ""


register(
    Setting(
        "second_factor_from",
        lambda: "",
        partial(Day, widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})),
        _("System Administrators need a second factor from this day on"),
        _("Until then they are reminded. Empty: they are reminded, and may go without."),
    ),
    Setting(
        "idle_minutes",
        lambda: 30,
        partial(forms.IntegerField, min_value=5, max_value=720),
        _("Minutes after which an idle session ends"),
        _("For holders of menu options. What they are writing comes through signing in again."),
    ),
)
