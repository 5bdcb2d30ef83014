from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..forms import mobile_as_shown
from ..models import Proposal
from ..texts import LONGEST_EMAIL, check_name

What = Proposal.What


class ProposalForm(forms.Form):
    """One's own record, as it should be."""

    mobile = forms.CharField(
        label=gettext_lazy("Mobile"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    given_name = forms.CharField(label=gettext_lazy("Given name"), required=False, max_length=80)
    family_name = forms.CharField(label=gettext_lazy("Family name"), required=False, max_length=80)
    chinese_name = forms.CharField(label=gettext_lazy("Chinese name"), required=False, max_length=40)

    def __init__(self, *args, person, **kwargs):
        self.person = person
        names = Proposal.COLUMNS[What.NAME]
        initial = {name: getattr(person, name) for name in (*names, "email")}
        kwargs["initial"] = initial | {"mobile": person.mobile_in_words}
        super().__init__(*args, **kwargs)

    def clean_mobile(self):
        return mobile_as_shown(self) if self.cleaned_data["mobile"] else self._stays("mobile")

    def clean_email(self):
        return self.cleaned_data["email"] or self._stays("email")

    def _stays(self, column):
        """Nobody takes their number or address off the record by an empty field."""
        if getattr(self.person, column):
            raise ValidationError(_("It cannot be taken off the record here. Ask the office."))
        return ""

    def clean_given_name(self):
        return check_name(self.cleaned_data["given_name"])

    def clean_family_name(self):
        return check_name(self.cleaned_data["family_name"])

    def clean_chinese_name(self):
        return check_name(self.cleaned_data["chinese_name"])

    def clean(self):
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned["given_name"] or cleaned["chinese_name"]):
            self.add_error("given_name", _("Write a name."))
        return cleaned

    @property
    def wanted(self):
        return {what: {name: self.cleaned_data[name] for name in names} for what, names in Proposal.COLUMNS.items()}
