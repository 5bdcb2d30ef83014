from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PhoneFieldTemplates
from portal.people.forms import mobile_as_shown

from ..models import Switch


class ConsentForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    agree = forms.BooleanField(
        label=_("I agree to receive the school's messages in Weixin / WeChat"),
        error_messages={"required": _("Tick the box to go on. Without it the school sends you nothing.")},
    )


class NothingCameForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    tried = forms.MultipleChoiceField(
        label=_("What have you looked at?"),
        required=False,
        choices=Switch.choices,
        widget=forms.CheckboxSelectMultiple,
    )


class MobileForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    ADDRESS = "mobile"
    mobile = forms.CharField(
        label=_("Mobile number bound to your WeChat"),
        max_length=60,
        help_text=_("With the country code, for example +86 138 0000 0000. WeChat finds you by this number."),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
        error_messages={"required": _("Write the mobile number bound to your WeChat.")},
    )

    def clean_mobile(self):
        return mobile_as_shown(self)


class EmailForm(forms.Form):
    """The other way, for those whose number WeCom holds for somebody else already."""

    default_renderer = PhoneFieldTemplates()
    ADDRESS = "email"
    email = forms.EmailField(
        label=_("Your own e-mail address"),
        min_length=6,  # WeCom's bounds (doc 90195)
        max_length=64,
        help_text=_("An address that nobody else has given to the school's WeChat."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "off"}),
        error_messages={"required": _("Write your own e-mail address.")},
    )
