from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.forms import PhoneFieldTemplates

from . import characters


class CodeForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    code = forms.CharField(
        label=_("Your personal code"),
        max_length=60,
        help_text=_("Ten letters and digits, as the school's letter has them. There is no 0, O, 1 or I among them."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-from-fragment": "",
            }
        ),
        error_messages={"required": _("Write the code of the school's letter.")},
    )

    def clean_code(self):
        code = characters.read(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("One character is wrong or missing. Compare the code with the letter."))
        return code
