from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PhoneFieldTemplates
from portal.people.models import Group
from portal.people.phones import parse_mobile

from .standing import Standing


class ConsentForm(forms.Form):
    default_renderer = PhoneFieldTemplates()
    agree = forms.BooleanField(
        label=_("I agree to receive the school's messages in Weixin / WeChat"),
        error_messages={"required": _("Tick the box to go on. Without it the school sends you nothing.")},
    )


class AudienceForm(forms.Form):
    """Who is invited."""

    roles = forms.MultipleChoiceField(
        label=_("By role"),
        required=False,
        choices=[("contacts", _("All parents and contacts")), ("pupils", _("All pupils")), ("staff", _("All staff"))],
        widget=forms.CheckboxSelectMultiple,
    )
    groups = forms.ModelMultipleChoiceField(
        label=_("Pupils of a year or form, and their contacts"),
        required=False,
        queryset=Group.objects.filter(kind__in=[Group.Kind.YEAR, Group.Kind.FORM]),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    def clean(self):
        cleaned = super().clean() or {}
        if not self.errors and not cleaned["roles"] and not cleaned["groups"]:
            self.add_error("roles", _("Choose who is invited."))
        return cleaned

    @property
    def is_about_families(self):
        return bool(self.cleaned_data["groups"]) or bool(set(self.cleaned_data["roles"]) - {"staff"})


class StandingForm(forms.Form):
    """Whom the page of registrations is about."""

    ROLES = [
        ("", _("Everybody")),
        ("contacts", _("Parents and contacts")),
        ("pupils", _("Pupils")),
        ("staff", _("Staff")),
    ]
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, required=False)
    group = forms.ModelChoiceField(
        label=_("Year or form"),
        required=False,
        empty_label=_("Every year"),
        queryset=Group.objects.filter(kind__in=[Group.Kind.YEAR, Group.Kind.FORM]),
    )
    standing = forms.ChoiceField(choices=[("", ""), *Standing.choices], required=False, widget=forms.HiddenInput)


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
        return parse_mobile(self.cleaned_data["mobile"])


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
