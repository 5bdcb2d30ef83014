from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.forms import ManyField, offer, offer_rows

from ..models import Person
from ..roles import Role

FIRST, LAST_YEARS_AHEAD = date(1990, 1, 1), 10


class DayField(forms.DateField):
    """A last day as browsers send it; a year half typed is none."""

    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": _("Write the day as 2026-07-31.")}

    def clean(self, value):
        day = super().clean(value)
        if day and not FIRST <= day <= date(timezone.localdate().year + LAST_YEARS_AHEAD, 12, 31):
            raise ValidationError(_("No last day of anybody here: check the year."))
        return day


class _PupilsField(ManyField):
    def label_from_instance(self, pupil):
        return f"{pupil.name_as_read} · {pupil.reference}"


class LeavingForm(forms.Form):
    """Who of a family leaves, in which roles, and on which day; what it proposes is confirmed on the next page."""

    last_day = DayField(label=_("Last day"), help_text=_("A day of school still: they have left from the next day on."))
    roles = forms.MultipleChoiceField(label=_("They leave as"), widget=forms.CheckboxSelectMultiple)
    with_them = _PupilsField(
        label=_("Who leaves with them"),
        queryset=Person.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, person, family, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, "roles", [(role.value, role.label) for role in person.roles_now])
        self.fields["roles"].initial = [role.value for role in person.roles_now]
        self.fields["last_day"].initial = timezone.localdate
        offer_rows(self, "with_them", family)
        if not family:
            del self.fields["with_them"]

    def clean_roles(self):
        return [Role(value) for value in self.cleaned_data["roles"]]


class AloneForm(forms.Form):
    """Whether one contact, whose last pupil leaves, leaves with them, and on which day."""

    leaves = forms.BooleanField(label=_("leaves"), required=False)
    last_day = DayField(label=_("Last day"))

    def __init__(self, *args, contact, **kwargs):
        kwargs["prefix"] = f"contact-{contact.pk}"
        super().__init__(*args, **kwargs)
        self.contact = contact
