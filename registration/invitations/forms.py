from django import forms
from django.utils.translation import gettext_lazy as _

from portal.people.models import Group
from portal.people.roles import Role


class AudienceForm(forms.Form):
    """Who is invited."""

    roles = forms.MultipleChoiceField(
        label=_("By role"),
        required=False,
        choices=[(role, role.everybody) for role in (Role.CONTACT, Role.PUPIL, Role.STAFF)],
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
        return bool(self.cleaned_data["groups"]) or bool(set(self.cleaned_data["roles"]) - {Role.STAFF})
