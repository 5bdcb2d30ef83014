import hashlib

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import menu
from portal.audit.forms import EditForm
from portal.forms import PhoneFieldTemplates
from portal.people import typed
from portal.people.texts import check_name

from .models import Profile

ATTEMPTS, WINDOW = 10, 15 * 60


class SignInForm(AuthenticationForm):
    """Refuses to guess on: ten wrong passwords for one name from one address, then a quarter of an hour's rest."""

    default_renderer = PhoneFieldTemplates()
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("The username and password do not match. Check both, or choose a new password below."),
        "too_many": _("Too many attempts. Wait 15 minutes, or choose a new password below."),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Username or e-mail")

    def _throttle_key(self):
        asked = f"{typed.key(self.cleaned_data.get('username', ''))}\0{self.request.META.get('REMOTE_ADDR')}"
        return "sign-in:" + hashlib.sha256(asked.encode()).hexdigest()

    def clean(self):
        key = self._throttle_key()
        if (cache.get_or_set(key, 0, WINDOW) or 0) >= ATTEMPTS:
            raise ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            return super().clean()
        except ValidationError:
            try:
                cache.incr(key)
            except ValueError:  # the window ended in this very moment
                cache.set(key, 1, WINDOW)
            raise


class ForgottenForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class ProfileForm(EditForm):
    """The menu options of one profile, as tick boxes."""

    options = forms.MultipleChoiceField(
        label=_("Menu options"), required=False, widget=forms.CheckboxSelectMultiple, choices=list
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["options"].choices = [(option.permission, option.label) for option in menu.options()]


class NewProfileForm(forms.Form):
    name = forms.CharField(label=_("Name of the profile"), max_length=80)

    def clean_name(self):
        name = check_name(self.cleaned_data["name"])
        if Group.objects.filter(name__iexact=name).exists():
            raise ValidationError(Profile.NAME_TAKEN)
        return name
