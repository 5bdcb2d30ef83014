from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import menu
from portal.audit.forms import EditForm
from portal.forms import PhoneFieldTemplates, offer
from portal.people.texts import LONGEST_EMAIL, check_name
from portal.people.typed import of_the_same_name

from . import guesses
from .models import Profile, Viewing
from .tries import TooMany, strike_out


class SignInForm(AuthenticationForm):
    """Refuses to guess on. Who may try how often is in `guesses.py`; `wait` is in how many seconds they may again."""

    default_renderer = PhoneFieldTemplates()
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _(
            "The username and password do not match. Check both, or choose a new password below. Whoever shares an e-mail "
            "with somebody writes their reference, which stands in the school's letters."
        ),
        "too_many": _("Too many attempts. Wait 15 minutes, or choose a new password below."),
    }
    keep = forms.BooleanField(
        label=_("Keep me signed in for 30 days on this phone"),
        help_text=_("For families, on a phone that nobody else uses."),
        required=False,
    )
    wait = 0
    request: HttpRequest  # the page always gives it

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Username, reference or e-mail")

    def clean(self):
        if not {"username", "password"} <= self.cleaned_data.keys():
            return self.cleaned_data
        try:
            guess = guesses.begin(self.request, self.cleaned_data["username"])
        except TooMany as too_many:
            self.wait = too_many.seconds
            raise ValidationError(self.error_messages["too_many"], code="too_many") from None
        cleaned_data = super().clean()
        strike_out(guess)
        return cleaned_data


class ForgottenForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ProfileForm(EditForm):
    """The menu options of one profile, as tick boxes."""

    options = forms.MultipleChoiceField(
        label=_("Menu options"), required=False, widget=forms.CheckboxSelectMultiple, choices=list
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, "options", [(option.permission, option.label) for option in menu.options()])


class RenameForm(EditForm):
    name = forms.CharField(label=_("Name of the profile"), max_length=80)

    def __init__(self, *args, profile, **kwargs):
        super().__init__(*args, **kwargs)
        self.profile = profile

    def clean_name(self):
        return check_name(self.cleaned_data["name"])


class NewProfileForm(forms.Form):
    name = forms.CharField(label=_("Name of the profile"), max_length=80)

    def clean_name(self):
        name = check_name(self.cleaned_data["name"])
        if of_the_same_name(Group.objects.all(), name):
            raise ValidationError(Profile.NAME_TAKEN)
        return name


class ReasonForm(forms.Form):
    """Why somebody views as somebody else."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=Viewing._meta.get_field("reason").max_length,
        help_text=_("Stands in the audit trail. They see who viewed as them and when, not why."),
    )
