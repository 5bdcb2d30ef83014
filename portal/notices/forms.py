from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit.forms import EditForm
from portal.causes import Way

LONGEST_ABSENCE = timedelta(days=366)


class ChoicesForm(EditForm):
    """How one person is told of each kind, and until when they are away. `chosen` is {name of a kind: Way}."""

    away_until = forms.DateField(
        required=False,
        label=gettext_lazy("I am away until"),
        help_text=gettext_lazy(
            "The last day of it. Meanwhile nobody waits for you: others are told. Empty: I am here."
        ),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )

    def __init__(self, *args, kinds, chosen, away_until, **kwargs):
        super().__init__(*args, **kwargs)
        self._kinds = kinds
        for kind in kinds:
            self.fields[kind.name] = forms.ChoiceField(
                label=kind.label, choices=Way.choices, initial=chosen.get(kind.name, kind.way)
            )
        self.fields["away_until"].initial = away_until

    def clean_away_until(self):
        until = self.cleaned_data["away_until"]
        today = timezone.localdate()
        if until and until < today:
            raise forms.ValidationError(_("This day is over. Leave it empty if you are here."))
        if until and until > today + LONGEST_ABSENCE:
            raise forms.ValidationError(
                _("That is more than a year away. Write the day on which you are back earlier.")
            )
        return until

    @property
    def ways(self):
        """{Kind: Way} as chosen."""
        return {kind: Way(self.cleaned_data[kind.name]) for kind in self._kinds}
