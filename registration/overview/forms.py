from django import forms
from django.utils.translation import gettext_lazy as _

from portal.people.models import Group
from portal.people.roles import Role

from .progress import Progress


class ProgressForm(forms.Form):
    """Whom the page of registrations is about."""

    ROLES = [("", _("Everybody")), *((role, role.plural) for role in (Role.CONTACT, Role.PUPIL, Role.STAFF))]
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, required=False)
    group = forms.ModelChoiceField(
        label=_("Year or form"),
        required=False,
        empty_label=_("Every year"),
        queryset=Group.objects.filter(kind__in=[Group.Kind.YEAR, Group.Kind.FORM]),
    )
    progress = forms.ChoiceField(label=_("State"), choices=[("", _("Every state")), *Progress.choices], required=False)
