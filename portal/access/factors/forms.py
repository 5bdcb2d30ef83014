from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.forms import PhoneFieldTemplates

from ..guesses import begin_factor
from ..tries import TooMany, strike_out
from . import authenticators

_CODE = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}
WRONG = _("That is not the code. Wait for the next one, or write a recovery code.")
UNREADABLE = _(
    "The portal cannot read your second factor any more: the key that opens it is missing. Ask another System Administrator "
    "to remove it, or whoever runs the server."
)
TOO_MANY = _("Too many attempts. Wait 15 minutes.")


class FactorForm(forms.Form):
    """A second factor, as a code or as the answer of a passkey; `clean` asks whether it is the user's.

    Who may try how often is in `guesses.py`; `wait` is in how many seconds they may again.
    """

    default_renderer = PhoneFieldTemplates()
    code = forms.CharField(label=_("Code"), max_length=40, required=False, widget=forms.TextInput(attrs=_CODE))
    answer = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-passkey-answer": ""}))
    wait = 0

    def __init__(self, data=None, *, request=None, user=None):
        super().__init__(data)
        self.request, self.user = request, user

    def clean(self):
        code, answer = self.cleaned_data.get("code"), self.cleaned_data.get("answer")
        if not (code or answer):
            raise ValidationError(_("Write the code."))
        try:
            written = begin_factor(self.request, self.user)
        except TooMany as too_many:
            self.wait = too_many.seconds
            raise ValidationError(TOO_MANY, code="too_many") from None
        try:
            found = self._found(code, answer)
        except authenticators.Unreadable:  # whatever they type: it is no guess
            strike_out(written)
            raise ValidationError(UNREADABLE, code="unreadable") from None
        if found is None:
            raise ValidationError(
                WRONG if code else _("That passkey is not one of yours here. Try again."), code="wrong"
            )
        strike_out(written)
        return self.cleaned_data

    def _found(self, code, answer):
        if answer:
            return authenticators.passkey_of(self.user, answer)
        return authenticators.factor_of_code(self.user, code)


class NewAppForm(forms.Form):
    """The first code of a new app shows that it has read the secret."""

    code = forms.CharField(
        label=_("The code that the app shows"),
        max_length=12,
        widget=forms.TextInput(attrs=_CODE | {"inputmode": "numeric"}),
    )

    def __init__(self, *args, secret, **kwargs):
        super().__init__(*args, **kwargs)
        self.secret = secret

    def clean_code(self):
        if not authenticators.is_code_of(self.secret, self.cleaned_data["code"]):
            raise ValidationError(_("That is not the code the app shows now. Is the clock of the telephone right?"))
        return self.cleaned_data["code"]


class NewPasskeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=60,
        help_text=_("So that you know it again: the laptop, the blue key."),
    )
    answer = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-passkey-answer": ""}))
